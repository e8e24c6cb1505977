// What of a context's folder is sent to the daemon, and what its .dockerignore leaves out.
#include <array>
#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "content/ignore.h"
#include "fixture.h"
#include "golang_builder/context.h"
#include "support/skip.h"

namespace golang_builder_context_test {

using namespace outis;
using namespace outis::images;
using namespace outis::images::layers;
using namespace outis::images::bake;
using namespace outis::images::golang_builder;
using namespace outis::images::testing;
namespace fs = std::filesystem;

namespace {

using Words = std::vector<std::string>;

// A folder that is read notes it, on most file systems, if it was read long ago.
void forget_reads(const fs::path& folder)
{
    const std::array<timespec, 2> times{timespec{}, timespec{.tv_sec = 0, .tv_nsec = UTIME_OMIT}};
    REQUIRE(::utimensat(AT_FDCWD, folder.c_str(), times.data(), 0) == 0);
}

bool was_read(const fs::path& folder)
{
    struct stat status = {};
    REQUIRE(::stat(folder.c_str(), &status) == 0);
    return status.st_atim.tv_sec != 0;
}

}  // namespace

TEST_CASE(".dockerignore: its patterns leave out the same paths as Docker")
{
    struct Case {
        const char* name;
        const char* text;
        Words ignored;
        Words sent;
    };

    const Case cases[] = {
        {"nothing", "", {}, {"a", ".git/config"}},
        {"comments and blank lines", "# a\n\n  \na\n", {"a"}, {"b", "# a"}},
        {"a folder and all below", "vendor", {"vendor", "vendor/a/b.go"}, {"vendors", "x/vendor"}},
        {"slashes around", "/build/\n", {"build", "build/x"}, {"x/build"}},
        {"dots", "./a/../b", {"b"}, {"a"}},
        {"a star stays in its name", "*.log", {"a.log", ".log"}, {"x/a.log", "a.logs"}},
        {"a star in a folder", "*/temp*", {"x/temp", "x/temporary.txt"}, {"temp", "x/y/temp"}},
        {"a question mark", "temp?", {"tempa", "temp1"}, {"temp", "temp/", "tempab"}},
        {"two stars before a name", "**/a.go", {"a.go", "x/a.go", "x/y/a.go"}, {"xa.go", "a.gox"}},
        {"two stars behind a name", "x/**", {"x/a", "x/y/a"}, {"x", "y/x"}},
        {"two stars within", "x/**/a", {"x/a", "x/y/a", "x/y/z/a"}, {"xa", "x/b", "y/x/a"}},
        {"letters of a set", "[a-c]x\n[^a-y]y", {"ax", "cx", "zy"}, {"dx", "ay", "/x"}},
        {"letters of two and four bytes",
         "a?b\n[\u00E0-\u00FC]x\n[^a]y\n",
         {"a\u00E9b", "a\U0001F600b", "\u00E9x", "\u00E9y"},
         {"a\u00E9\u00E9b", "\u0101x", "\xC3x", "aee"}},
        {"bytes that are no letters", "?\xFF*z", {"\xFE\xFFz", "a\xFF\u00E9z"}, {"\xFE\xFEz"}},
        {"a letter is not the byte of its number", "\u00FF", {"\u00FF"}, {"\xFF"}},
        {"a letter as itself", "\\*\n", {"*"}, {"a"}},
        {"an exception", "*.md\n!README.md", {"a.md"}, {"README.md"}},
        {"an exception below",
         "docs\n!docs/keep",
         {"docs", "docs/a"},
         {"docs/keep", "docs/keep/x"}},
        {"an exception, taken back", "*.md\n!a*.md\nab.md", {"ab.md", "x.md"}, {"aa.md"}},
        {"ends of lines of others", "a\r\nb\r\n", {"a", "b"}, {"c"}},
        {"a byte order mark",
         "\xEF\xBB\xBF"
         "a",
         {"a"},
         {"b"}},
        {"all but one", "**\n!a", {"b", "x/y"}, {"a"}},
        {"the folder itself", ".", {}, {"a"}},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const auto list = content::IgnoreList::parse(c.text);
        REQUIRE(list);
        for (const std::string& path : c.ignored) {
            CAPTURE(path);
            CHECK(list.value().ignores(path));
        }
        for (const std::string& path : c.sent) {
            CAPTURE(path);
            CHECK_FALSE(list.value().ignores(path));
        }
    }
}

TEST_CASE(".dockerignore: a malformed pattern is named with its line")
{
    struct Case {
        const char* name;
        std::string text;
        const char* message;
    };

    const Case cases[] = {
        {"an open set", "a\n[b", ".dockerignore:2: a '[' is not closed"},
        {"an exception of nothing", "!", ".dockerignore:1: a pattern"},
        {"long", std::string(5000, 'a'), "4096 bytes"},
        {"many",
         [] {
             std::string text;
             for (int i = 0; i < 10'001; ++i)
                 text += "a\n";
             return text;
         }(),
         "10000 patterns"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const auto list = content::IgnoreList::parse(c.text);
        REQUIRE_FALSE(list);
        CHECK(list.error().text.find(c.message) != std::string::npos);
    }
}

TEST_CASE("a context keeps modes and links, and leaves out what is ignored")
{
    const WorkFolder work_folder;
    write_text(work_folder / "src/Dockerfile", "FROM scratch\n");
    write_text(work_folder / "src/.dockerignore", "*\n!kept\n!copy\n");
    write_text(work_folder / "src/kept/tool", "#!/bin/sh\n");
    write_text(work_folder / "src/secret", "x");
    fs::permissions(work_folder / "src/kept/tool", fs::perms(0700));
    fs::permissions(work_folder / "src/secret", fs::perms(0750));
    fs::create_symlink("tool", work_folder / "src/kept/link");
    REQUIRE(::link((work_folder / "src/secret").c_str(), (work_folder / "src/copy").c_str()) == 0);
    const auto made = context_tree(work_folder / "src");
    REQUIRE(made);
    const Tree& tree = made.value();
    std::vector<std::string> keys;
    for (const auto& row : tree)
        keys.push_back(row.first);
    CHECK(keys == Words{".dockerignore", "Dockerfile", "copy", "kept", "kept/link", "kept/tool"});
    CHECK(tree.at("kept/tool").mode == 0700);
    CHECK(tree.at("kept/link").target == "tool");
    CHECK(tree.at("copy").kind == EntryKind::file);
    CHECK(tree.at("copy").mode == 0750);
}

TEST_CASE("a context with an unreadable .dockerignore is an error")
{
    struct Case {
        const char* name;
        const char* target;
        const char* message;
    };

    const Case cases[] = {
        {"a circle", ".dockerignore", "Too many levels of symbolic links"},
        {"a link to nothing", "none", "is a symbolic link to nothing"},
        {"a link through a file", "secret/x", "/.dockerignore'"},
        {"a folder", ".", "/.dockerignore'"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const WorkFolder work_folder;
        write_text(work_folder / "src/secret", "x");
        fs::create_symlink(c.target, work_folder / "src/.dockerignore");
        const auto made = context_tree(work_folder / "src");
        REQUIRE_FALSE(made);
        CAPTURE(made.error().text);
        CHECK(made.error().text.find(c.message) != std::string::npos);
        CHECK(made.error().blame == Blame::input);
    }
}

TEST_CASE("a context does not open ignored files, and leaves out sockets")
{
    const WorkFolder work_folder;
    const fs::path folder = work_folder / "src";
    write_text(folder / ".dockerignore", "run\n");
    write_text(folder / "a", "x");
    fs::create_directory(folder / "run");
    fs::create_directory(folder / "sent");
    REQUIRE(::mkfifo((folder / "run/pipe").c_str(), 0600) == 0);
    REQUIRE(::mknod((folder / "socket").c_str(), S_IFSOCK | 0600, 0) == 0);
    REQUIRE(::link((folder / "a").c_str(), (folder / "b").c_str()) == 0);
    fs::permissions(folder / "a", fs::perms(0750));
    for (const char* name : {"run", "sent"})
        forget_reads(folder / name);
    const auto made = context_tree(folder);
    REQUIRE_MESSAGE(made, (made ? "" : made.error().text));
    const Tree& tree = made.value();
    std::vector<std::string> keys;
    for (const auto& row : tree)
        keys.push_back(row.first);
    CHECK(keys == Words{".dockerignore", "a", "b", "sent"});
    if (was_read(folder / "sent"))
        CHECK_FALSE(was_read(folder / "run"));
    else
        tests::skip("ignored folders", "this file system does not note what is read");
    CHECK(tree.at("b").kind == EntryKind::hardlink);
    CHECK(tree.at("b").target == "a");
    CHECK(tree.at("b").mode == 0750);
    fs::last_write_time(folder / "a", fs::file_time_type::clock::from_sys(std::chrono::sys_seconds(
                                          std::chrono::seconds(1'500'000'000))));
    CHECK(context_time(folder, "a") == 1'500'000'000);
}

}  // namespace golang_builder_context_test
