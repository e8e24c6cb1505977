// The contract of the golang-builder: what its variables mean, and what of a context is sent. The
// image itself is asked by tests/whole/golang_builder.sh.
#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fixture.h"
#include "golang_builder/context.h"
#include "golang_builder/contract.h"
#include "golang_builder/ignore.h"
#include "outis/sandbox/arch.h"
#include "unpacked.h"

using namespace outis;
using namespace outis::images;
using namespace outis::images::testing;
namespace fs = std::filesystem;

namespace {

using Words = std::vector<std::string>;

BuilderJob job_of(const Variables& variables, const Words& arguments = {})
{
    const auto job = read_contract(variables, arguments);
    REQUIRE_MESSAGE(job, (job ? "" : job.error().text));
    return job.value();
}

}  // namespace

TEST_CASE("contract: nothing is said")
{
    for (const Variables& variables :
         {Variables{}, Variables{{"LDFLAGS", ""}, {"OUTPUT", ""}, {"CGO_ENABLED", ""}}}) {
        const BuilderJob job = job_of(variables);
        CHECK(job.compile.apps == Words{"."});
        CHECK(job.compile.binary_only);
        CHECK(job.compile.go_cgo.empty());
        CHECK_FALSE(job.compile.go_ldflags);
        CHECK(job.compile.go_main.empty());
        CHECK(job.compile.outputs.empty());
        CHECK(job.compile.platforms.empty());
        CHECK_FALSE(job.compile.pack);
        CHECK_FALSE(job.tag);
        CHECK_FALSE(job.cross);
        CHECK(job.context == ".");
        CHECK(job.notes.empty());
    }
}

TEST_CASE("contract: variables that are taken as they are")
{
    const BuilderJob job = job_of({{"LDFLAGS", "-extldflags \"-static\""},
                                   {"OUTPUT", "bin/"},
                                   {"MAIN_PATH", "cmd/x"},
                                   {"COMPRESS_BINARY", "true"},
                                   {"DOCKER_BUILD_CONTEXT", "deploy"}},
                                  {"team/x:1"});
    CHECK(job.compile.go_ldflags == "-extldflags \"-static\"");
    CHECK(job.compile.outputs == Words{"bin/"});
    CHECK(job.compile.go_main == "cmd/x");
    CHECK(job.compile.pack);
    CHECK(job.context == "deploy");
    CHECK(job.tag == "team/x:1");
}

TEST_CASE("contract: an empty argument is none")
{
    CHECK_FALSE(job_of({}, {""}).tag);
    CHECK(job_of({{"BUILD_GOOS", "linux"}}, {""}).cross);
}

TEST_CASE("contract: outis.toml rules what no variable says")
{
    struct Case {
        const char* name;
        Variables variables;
        std::string ldflags;
        std::string cgo;
        std::string main;
        bool pack;
    };

    const Case cases[] = {
        {"nothing is said", {}, "-X a=file", "1", "cmd/file", true},
        {"all is said",
         {{"LDFLAGS", "-s"},
          {"CGO_ENABLED", "0"},
          {"MAIN_PATH", "x"},
          {"COMPRESS_BINARY", "false"}},
         "-s",
         "0",
         "x",
         false},
        {"empty variables",
         {{"LDFLAGS", ""}, {"CGO_ENABLED", ""}, {"MAIN_PATH", ""}, {"COMPRESS_BINARY", ""}},
         "-X a=file",
         "1",
         "cmd/file",
         true},
    };
    const Workshop workshop;
    write_text(workshop / "outis.toml",
               "ldflags = '-X a=file'\ncgo = '1'\nmain = 'cmd/file'\npack = true\nport = [80]\n"
               "output = 'x.tar'\nplatform = 'linux/arm64'\ntag = 'y:1'\n");
    for (const Case& c : cases) {
        CAPTURE(c.name);
        BuilderJob told = job_of(c.variables);
        told.compile.apps = {workshop.path(".")};
        const auto job = with_config(told);
        REQUIRE_MESSAGE(job, (job ? "" : job.error().text));
        const BakeOptions& options = job.value().compile;
        CHECK(options.go_ldflags == c.ldflags);
        CHECK(options.go_cgo == c.cgo);
        CHECK(options.go_main == c.main);
        CHECK(options.pack == c.pack);
        CHECK(options.ports == Words{"80"});
        CHECK(options.outputs.empty());
        CHECK(options.platforms.empty());
        CHECK(options.tags.empty());
        CHECK(job.value().image_platforms == Words{"linux/arm64"});
    }
}

TEST_CASE("contract: CGO_ENABLED")
{
    struct Case {
        const char* name;
        const char* value;
        const char* meaning;  // or null for a refusal
    };

    const Case cases[] = {
        {"zero", "0", "0"},
        {"one", "1", "1"},
        {"false", "false", "0"},
        {"true", "true", "1"},
        {"another word", "yes", nullptr},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const auto job = read_contract({{"CGO_ENABLED", c.value}}, {});
        if (c.meaning == nullptr) {
            REQUIRE_FALSE(job);
            CHECK(job.error().blame == Blame::input);
            CHECK(job.error().text.find("'yes'") != std::string::npos);
        } else {
            REQUIRE(job);
            CHECK(job.value().compile.go_cgo == c.meaning);
        }
    }
}

TEST_CASE("contract: only 'true' compresses, and what else is said is told")
{
    CHECK_FALSE(job_of({{"COMPRESS_BINARY", "false"}}).compile.pack);
    CHECK(job_of({{"COMPRESS_BINARY", "false"}}).notes.empty());
    const BuilderJob job = job_of({{"COMPRESS_BINARY", "1"}});
    CHECK_FALSE(job.compile.pack);
    REQUIRE(job.notes.size() == 1);
    CHECK(job.notes.front().find("'1'") != std::string::npos);
}

TEST_CASE("contract: platforms are the product of both lists")
{
    struct Case {
        const char* name;
        const char* systems;
        const char* machines;
        Words platforms;
    };

    const std::string host(sandbox::arch_name(sandbox::host_arch()));
    const Case cases[] = {
        {"both",
         "darwin linux",
         "386 amd64",
         {"darwin/386", "darwin/amd64", "linux/386", "linux/amd64"}},
        {"systems alone", "windows", "", {"windows/" + host}},
        {"machines alone", "", "arm64  arm", {"linux/arm64", "linux/arm"}},
        {"blanks", " ", "", {"linux/" + host}},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const BuilderJob job = job_of({{"BUILD_GOOS", c.systems}, {"BUILD_GOARCH", c.machines}});
        CHECK(job.cross);
        CHECK(job.compile.platforms == c.platforms);
    }
}

TEST_CASE("contract: too many words")
{
    struct Case {
        const char* name;
        Variables variables;
        Words arguments;
        const char* message;
    };

    const Case cases[] = {
        {"two tags", {}, {"a", "b"}, "one argument"},
        {"a tag for programs of other platforms",
         {{"BUILD_GOOS", "darwin"}},
         {"a"},
         "leave out the tag 'a'"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const auto job = read_contract(c.variables, c.arguments);
        REQUIRE_FALSE(job);
        CHECK(job.error().blame == Blame::input);
        CHECK(job.error().text.find(c.message) != std::string::npos);
    }
}

TEST_CASE(".dockerignore: which paths are left out")
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
        const auto list = IgnoreList::parse(c.text);
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

TEST_CASE(".dockerignore: what is malformed is named by its line")
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
        const auto list = IgnoreList::parse(c.text);
        REQUIRE_FALSE(list);
        CHECK(list.error().text.find(c.message) != std::string::npos);
    }
}

TEST_CASE("a context: modes and links as they are, less what is ignored")
{
    const Workshop workshop;
    write_text(workshop / "src/Dockerfile", "FROM scratch\n");
    write_text(workshop / "src/.dockerignore", "*\n!kept\n!copy\n");
    write_text(workshop / "src/kept/tool", "#!/bin/sh\n");
    write_text(workshop / "src/secret", "x");
    fs::permissions(workshop / "src/kept/tool", fs::perms(0700));
    fs::permissions(workshop / "src/secret", fs::perms(0750));
    fs::create_symlink("tool", workshop / "src/kept/link");
    REQUIRE(::link((workshop / "src/secret").c_str(), (workshop / "src/copy").c_str()) == 0);
    const auto made = context_tree(workshop / "src");
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

TEST_CASE("a context: a .dockerignore that cannot be read is an error")
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
        const Workshop workshop;
        write_text(workshop / "src/secret", "x");
        fs::create_symlink(c.target, workshop / "src/.dockerignore");
        const auto made = context_tree(workshop / "src");
        REQUIRE_FALSE(made);
        CAPTURE(made.error().text);
        CHECK(made.error().text.find(c.message) != std::string::npos);
        CHECK(made.error().blame == Blame::input);
    }
}

TEST_CASE("a context: what is ignored is not looked at, and sockets stay here")
{
    const Workshop workshop;
    const fs::path folder = workshop / "src";
    write_text(folder / ".dockerignore", "run\n");
    write_text(folder / "a", "x");
    fs::create_directory(folder / "run");
    REQUIRE(::mkfifo((folder / "run/pipe").c_str(), 0600) == 0);
    REQUIRE(::mknod((folder / "socket").c_str(), S_IFSOCK | 0600, 0) == 0);
    REQUIRE(::link((folder / "a").c_str(), (folder / "b").c_str()) == 0);
    fs::permissions(folder / "a", fs::perms(0750));
    const auto made = context_tree(folder);
    REQUIRE_MESSAGE(made, (made ? "" : made.error().text));
    const Tree& tree = made.value();
    std::vector<std::string> keys;
    for (const auto& row : tree)
        keys.push_back(row.first);
    CHECK(keys == Words{".dockerignore", "a", "b"});
    CHECK(tree.at("b").kind == EntryKind::hardlink);
    CHECK(tree.at("b").target == "a");
    CHECK(tree.at("b").mode == 0750);
    fs::last_write_time(folder / "a", fs::file_time_type::clock::from_sys(std::chrono::sys_seconds(
                                          std::chrono::seconds(1'500'000'000))));
    CHECK(context_time(folder, "a") == 1'500'000'000);
}
