// Programs without an image, and programs that are packed.
#include "bake/binaries.h"

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <elf.h>

#include "fixture.h"
#include "host/input.h"
#include "programs/elf.h"
#include "unpacked.h"

namespace binaries_test {

using namespace outis;
using namespace outis::images;
using namespace outis::images::host;
using namespace outis::images::programs;
using namespace outis::images::bake;
using namespace outis::images::testing;
namespace fs = std::filesystem;

namespace {

using List = std::vector<std::string>;

void write_source(const WorkFolder& work_folder)
{
    write_text(work_folder / "src/go.mod", "module example.com/tool/v3\n\ngo 1.19\n");
    write_text(work_folder / "src/main.go", "package main\n\nfunc main() {}\n");
}

Result<List, Error> binaries(const BakeOptions& options)
{
    return bake_binaries(options, [](std::string_view) {});
}

// A program that copies, marks its copy, and calls itself upx.
void write_fake_upx(const WorkFolder& work_folder, const std::string& script)
{
    write_text(work_folder / "fake/upx", "#!/bin/sh\n" + script + "\n");
    fs::permissions(work_folder / "fake/upx", fs::perms(0755));
}

class WithPath {
public:
    explicit WithPath(const std::string& path) : before_(std::getenv("PATH"))
    {
        ::setenv("PATH", path.c_str(), 1);
    }

    WithPath(const WithPath&) = delete;
    WithPath& operator=(const WithPath&) = delete;

    ~WithPath() { ::setenv("PATH", before_.c_str(), 1); }

private:
    std::string before_;
};

}  // namespace

TEST_CASE("a missing folder for programs is made")
{
    const WorkFolder work_folder;
    write_source(work_folder);
    const auto made = binaries({.apps = {work_folder.path("src")},
                                .outputs = {work_folder.path("dist/x/")},
                                .platforms = {"linux/arm64/v8"}});
    REQUIRE_MESSAGE(made, (made ? "" : said_by(made.error())));
    CHECK(made.value() == List{work_folder.path("dist/x/tool-linux-arm64")});
    CHECK(fs::is_regular_file(work_folder / "dist/x/tool-linux-arm64"));
}

TEST_CASE("programs alone: names and platforms are those of the bake")
{
    struct Case {
        std::string name;
        List platforms;
        const char* output;  // below the work_folder
        List written;
    };

    const Case cases[] = {
        {"a file", {}, "out/file", {"out/file"}},
        {"a folder", {}, "out/", {"out/tool"}},
        {"a folder without its slash", {}, "out", {"out/tool"}},
        {"one platform", {"linux/arm64"}, "out/", {"out/tool-linux-arm64"}},
        {"several",
         {"windows/amd64,linux/arm64"},
         "out/",
         {"out/tool-windows-amd64.exe", "out/tool-linux-arm64"}},
        {"one platform, a file", {"linux/arm64"}, "out/arm", {"out/arm"}},
    };
    const WorkFolder work_folder;
    write_source(work_folder);
    for (const Case& c : cases) {
        CAPTURE(c.name);
        fs::remove_all(work_folder / "out");
        fs::create_directory(work_folder / "out");
        const auto written = binaries({.apps = {work_folder.path("src")},
                                       .outputs = {work_folder.path(c.output)},
                                       .platforms = c.platforms});
        REQUIRE_MESSAGE(written, (written ? "" : written.error().text));
        List expected;
        for (const std::string& name : c.written)
            expected.push_back(work_folder.path(name));
        CHECK(written.value() == expected);
        for (const std::string& file : expected) {
            CHECK((fs::status(file).permissions() & fs::perms::owner_exec) != fs::perms::none);
            const std::string bytes = read_text(file);
            const std::string magic = file.ends_with(".exe") ? "MZ" : ELFMAG;
            CHECK(bytes.starts_with(magic));
            if (file.find("arm64") != std::string::npos && magic == ELFMAG)
                CHECK(read_elf(as_bytes(bytes), file).value().machine == 183);
        }
    }
}

TEST_CASE("programs alone: where the program's name is a folder's it has the project's")
{
    struct Case {
        std::string name;
        std::string package;  // the folder of the main package
        std::string module;   // empty: an import comment of the package
        std::string comment;
        std::string output;   // below the work folder
        List folders;         // that are there besides
        const char* written;  // or null for an error that names both
        List platforms = {};
    };

    const Case cases[] = {
        {"a folder in the way", "cli", "example.com/x/hello", "", "src/", {}, "src/hello"},
        {"a major version", "cli", "example.com/x/hello/v2", "", "src/", {}, "src/hello"},
        {"an import comment", "cli", "", "example.com/x/hello/cli", "src/", {}, "src/hello"},
        {"nothing in the way", "cli", "example.com/x/hello", "", "out/", {}, "out/cli"},
        {"a file is named", "cli", "example.com/x/hello", "", "src/a", {}, "src/a"},
        {"both are folders", "cli", "example.com/x/hello", "", "src/", {"src/hello"}, nullptr},
        {"the project's name alone",
         ".",
         "example.com/x/hello",
         "",
         "src/",
         {"src/hello"},
         nullptr},
        {"a platform",
         "cli",
         "",
         "example.com/x/hello/cli",
         "src/",
         {},
         "src/hello-linux-arm64",
         {"linux/arm64"}},
        {"a platform, both are folders",
         "cli",
         "example.com/x/hello",
         "",
         "src/",
         {"src/hello"},
         "src/hello-linux-arm64",
         {"linux/arm64"}},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const WorkFolder work_folder;
        write_text(work_folder / ("src/" + c.package + "/main.go"),
                   "package main" + (c.comment.empty() ? "" : " // import \"" + c.comment + "\"") +
                       "\n\nfunc main() {}\n");
        if (!c.module.empty())
            write_text(work_folder / "src/go.mod", "module " + c.module + "\n\ngo 1.19\n");
        fs::create_directory(work_folder / "out");
        for (const std::string& folder : c.folders)
            fs::create_directory(work_folder / folder);
        const auto written = binaries({.apps = {work_folder.path("src")},
                                       .outputs = {work_folder.path(c.output)},
                                       .platforms = c.platforms});
        REQUIRE(bool(written) == (c.written != nullptr));
        if (written)
            CHECK(written.value() == List{work_folder.path(c.written)});
        else
            for (const char* words : {"hello'", "--output"})
                CHECK(written.error().text.find(words) != std::string::npos);
    }
}

TEST_CASE("programs alone: one that cannot be packed is there as it is")
{
    const WorkFolder work_folder;
    write_source(work_folder);
    write_fake_upx(work_folder, "exit 1");
    const WithPath path(work_folder.path("fake") + ":" + std::getenv("PATH"));
    const auto written = binaries(
        {.apps = {work_folder.path("src")}, .outputs = {work_folder.path("out")}, .pack = true});
    REQUIRE_FALSE(written);
    CHECK(written.error().text.find("is not compressed") != std::string::npos);
    CHECK(read_text(work_folder / "out").starts_with(ELFMAG));
}

TEST_CASE("programs alone: what makes no sense is refused")
{
    struct Case {
        std::string name;
        BakeOptions options;
        const char* message;
    };

    const WorkFolder work_folder;
    write_source(work_folder);
    const std::string src = work_folder.path("src");
    const Case cases[] = {
        {"a program", {.apps = {work_folder.program("app")}}, "needs a directory with a Go main"},
        {"two outputs", {.apps = {src}, .outputs = {"a", "b"}}, "has one output"},
        {"unknown platform",
         {.apps = {src}, .platforms = {"linux/arm46"}},
         "Go knows no platform 'linux/arm46'; did you mean 'linux/arm64'?"},
        {"what a distribution calls amd64",
         {.apps = {src}, .platforms = {"linux/x86_64"}},
         "did you mean 'linux/amd64'?"},
        {"what a distribution calls arm64",
         {.apps = {src}, .platforms = {"darwin/aarch64"}},
         "did you mean 'darwin/arm64'?"},
        {"a machine alone", {.apps = {src}, .platforms = {"x86_64"}}, "no platform 'x86_64'"},
        {"two platforms, one file",
         {.apps = {src}, .outputs = {work_folder.path("x")}, .platforms = {"linux/386,linux/arm"}},
         "several platforms need a folder"},
        {"a file in the place of the folder",
         {.apps = {src}, .outputs = {work_folder.path("src/main.go/x")}},
         "src/main.go'"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const auto written = binaries(c.options);
        REQUIRE_FALSE(written);
        CAPTURE(written.error().text);
        CHECK(written.error().text.find(c.message) != std::string::npos);
    }
    CHECK_FALSE(fs::exists(work_folder / "x"));
}

TEST_CASE("programs alone: a failed platform leaves the others in place")
{
    const WorkFolder work_folder;
    write_source(work_folder);
    write_text(work_folder / "src/elsewhere.go",
               "//go:build windows || plan9\n\npackage main\n\nvar _ = missing\n");
    fs::create_directory(work_folder / "out");
    const auto written = binaries({.apps = {work_folder.path("src")},
                                   .outputs = {work_folder.path("out/")},
                                   .platforms = {"windows/amd64,linux/arm64,plan9/amd64"}});
    REQUIRE_FALSE(written);
    CHECK(said_by(written.error()).find("missing") != std::string::npos);
    CHECK(fs::exists(work_folder / "out/tool-linux-arm64"));
    CHECK(std::distance(fs::directory_iterator(work_folder / "out"), {}) == 1);
}

TEST_CASE("programs alone: only programs and empty places are written over")
{
    struct Case {
        std::string name;
        std::string before;
        bool replaced;
    };

    const Case cases[] = {
        {"nothing", "", true},
        {"ELF",
         "\x7F"
         "ELF",
         true},
        {"a Mach-O file", "\xCF\xFA\xED\xFE and more", true},
        {"a Mach-O file of several machines", "\xCA\xFE\xBA\xBE", true},
        {"a PE file", "MZ\x90", true},
        {"a package", "!<arch>\n", true},
        {"a script", "#!/bin/sh\nmake\n", false},
        {"source", "package main\n", false},
        {"the beginning of ELF",
         "\x7F"
         "EL",
         false},
        {"one byte", "M", false},
    };
    const WorkFolder work_folder;
    write_source(work_folder);
    for (const Case& c : cases) {
        CAPTURE(c.name);
        for (const char* output : {"src/tool", "src/"}) {
            CAPTURE(output);
            write_text(work_folder / "src/tool", c.before);
            const auto written = binaries(
                {.apps = {work_folder.path("src")}, .outputs = {work_folder.path(output)}});
            CHECK(static_cast<bool>(written) == c.replaced);
            CHECK((read_text(work_folder / "src/tool") == c.before) == !c.replaced);
            if (!written) {
                CHECK(written.error().blame == Blame::input);
                CHECK(written.error().text.find("is there already and is no program") !=
                      std::string::npos);
            }
        }
    }
}

TEST_CASE("programs are packed by upx if it is installed")
{
    const WorkFolder work_folder;
    const std::string app = work_folder.program("app");
    const BakeOptions options{.apps = {app}, .outputs = {work_folder.path("x.tar")}, .pack = true};

    struct Case {
        std::string name;
        const char* script;  // arguments: -qq --best -o COPY FILE
        const char* message;
        Blame blame;
    };

    const Case cases[] = {
        {"none", nullptr, "install upx, or leave out --pack", Blame::environment},
        {"refuses", "echo 'AlreadyPackedException' >&2; exit 2", "AlreadyPackedException",
         Blame::input},
        {"writes no program", "echo x > \"$4\"", "is not an ELF file", Blame::input},
        {"works", "/bin/cat \"$5\" > \"$4\"; echo packed >> \"$4\"", "", Blame::input},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        fs::remove_all(work_folder / "fake");
        fs::create_directory(work_folder / "fake");
        if (c.script != nullptr)
            write_fake_upx(work_folder, c.script);
        const WithPath path(work_folder.path("fake"));
        const auto made = bake_quietly(options);
        CHECK(static_cast<bool>(made) == std::string(c.message).empty());
        if (made) {
            CHECK(unpack(work_folder / "x.tar").contents.at("app") == make_elf({}) + "packed\n");
            continue;
        }
        CAPTURE(made.error().text);
        CHECK(said_by(made.error()).find(c.message) != std::string::npos);
        CHECK(made.error().blame == c.blame);
    }
    CHECK(read_text(app) == make_elf({}));
}

}  // namespace binaries_test
