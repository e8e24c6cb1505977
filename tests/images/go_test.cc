// Go source: every layout that people have, and what the toolchain is told.
#include "programs/go.h"

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "fixture.h"
#include "host/input.h"
#include "programs/elf.h"
#include "unpacked.h"

namespace go_test {

using namespace outis;
using namespace outis::images;
using namespace outis::images::host;
using namespace outis::images::programs;
using namespace outis::images::bake;
using namespace outis::images::testing;
namespace fs = std::filesystem;

namespace {

constexpr const char* kMain = "package main\n\nfunc main() { println(\"x\") }\n";

// What `go` of the folder "fake" says instead of a build.
void write_fake_go(const WorkFolder& work_folder, const std::string& words)
{
    write_text(work_folder / "fake/go",
               "#!/bin/sh\n[ \"$1\" = list ] || { echo '" + words +
                   "' >&2; exit 1; }\nprintf 'main\\tx\\t\"\"\\tx\\t%s\\n' \"$PWD\"\n");
    fs::permissions(work_folder / "fake/go", fs::perms(0755));
}

}  // namespace

TEST_CASE("the image is named after the module path, the import comment or the folder")
{
    struct Case {
        std::string name;
        const char* module;   // empty: no go.mod
        const char* comment;  // of the package clause
        const char* image;
    };

    const Case cases[] = {
        {"module", "example.com/team/Server", "", "server:latest"},
        {"major version", "example.com/team/server/v2", "", "server:latest"},
        {"module before comment", "example.com/one", " // import \"example.com/two\"",
         "one:latest"},
        {"comment", "", " // import \"example.com/team/two.git\"", "two:latest"},
        {"folder", "", "", "folder:latest"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const WorkFolder work_folder;
        write_text(work_folder / "folder/main.go",
                   "package main" + std::string(c.comment) + "\n\nfunc main() {}\n");
        if (*c.module != '\0')
            write_text(work_folder / "folder/go.mod",
                       "module " + std::string(c.module) + "\n\ngo 1.19\n");
        const Baked made =
            baked({.apps = {work_folder.path("folder")}, .outputs = {work_folder.path("x.tar")}});
        CHECK(made.name == c.image);
        CHECK(problems_of(work_folder / "x.tar") == "");
    }
}

TEST_CASE("a program is named after the last path element, without version and '.git'")
{
    struct Case {
        std::string name;
        GoMain main;
        const char* program;
    };

    const Case cases[] = {
        {"import path", {.import_path = "x.org/team/Server", .module = "x.org/team"}, "Server"},
        {"major version", {.import_path = "x.org/one/v2", .module = "x.org/one/v2"}, "one"},
        {"two digits", {.import_path = "x.org/one/v10", .module = "x.org/one/v10"}, "one"},
        {"v0 is none", {.import_path = "x.org/one/v0", .module = "x.org/one"}, "v0"},
        {"v1 is none", {.import_path = "x.org/one/v1", .module = "x.org/one"}, "v1"},
        {"v02 is none", {.import_path = "x.org/one/v02", .module = "x.org/one"}, "v02"},
        {".git", {.import_path = "x.org/two.git", .module = "x.org/two.git"}, "two"},
        {".git before a major version",
         {.import_path = "x.org/two.git/v3", .module = "x.org/two.git/v3"},
         "two"},
        {".git of a comment", {.import_comment = "x.org/two.git"}, "two"},
        {".git of a folder", {.folder = "/src/two.git"}, "two"},
        {".git alone", {.folder = "/src/.git"}, ".git"},
        {".go", {.import_comment = "x.org/hello.go"}, "hello"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        CHECK(go_program_name(c.main) == c.program);
    }
}

TEST_CASE("GOPATH style: the import comment places the source, its vendor folder counts")
{
    const WorkFolder work_folder;
    const std::string import = "import \"example.com/dep\"\n\n";
    write_text(work_folder / "src/main.go", "package main // import \"example.com/team/tool\"\n\n" +
                                                import + "func main() { dep.Say() }\n");
    write_text(work_folder / "src/vendor/example.com/dep/dep.go",
               "package dep\n\nfunc Say() { println(1) }\n");
    const Baked made =
        baked({.apps = {work_folder.path("src")}, .outputs = {work_folder.path("x.tar")}});
    CHECK(made.name == "tool:latest");
}

TEST_CASE("GOPATH style: an import comment that is no plain relative path is refused")
{
    struct Case {
        std::string name;
        std::string comment;  // as Go reads it, between quotes
    };

    const WorkFolder work_folder;
    const Case cases[] = {
        {"absolute", work_folder.path("outside/link")},
        {"up", "../../../outside/link"},
        {"up in the middle", "x/../../../../outside/link"},
        {"up at the end", "x/.."},
        {"only up", ".."},
        {"here", "."},
        {"here in the middle", "x/./y"},
        {"an empty element", "x//y"},
        {"a final slash", "x/y/"},
        {"a list separator", "x:/tmp"},
        {"a backslash", R"(x\\y)"},
        {"a tab", R"(x\ty)"},
        {"a line that names another package", R"(x\nmain\tp\ty\tm\t/)"},
        {"a DEL", R"(x\x7fy)"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        write_text(work_folder / "src/main.go",
                   "package main // import \"" + c.comment + "\"\n\nfunc main() {}\n");
        const auto made = bake_quietly(
            {.apps = {work_folder.path("src")}, .outputs = {work_folder.path("x.tar")}});
        CHECK_FALSE(fs::exists(work_folder / "outside"));
        REQUIRE_FALSE(made);
        CAPTURE(made.error().text);
        CHECK(made.error().blame == Blame::input);
        CHECK(said_by(made.error()).find("has an import comment") != std::string::npos);
    }
}

TEST_CASE("one main package of a module with a vendor folder is built")
{
    const WorkFolder work_folder;
    write_text(work_folder / "m/go.mod",
               "module example.com/m\n\ngo 1.19\n\nrequire example.com/dep v1.0.0\n");
    write_text(work_folder / "m/vendor/modules.txt",
               "# example.com/dep v1.0.0\n## explicit; go 1.19\nexample.com/dep\n");
    write_text(work_folder / "m/vendor/example.com/dep/dep.go",
               "package dep\n\nfunc Say() { println(1) }\n");
    write_text(work_folder / "m/cmd/a/main.go",
               "package main\n\nimport \"example.com/dep\"\n\nfunc main() { dep.Say() }\n");
    write_text(work_folder / "m/cmd/b/main.go", kMain);
    const Baked made = baked({.apps = {work_folder.path("m")},
                              .outputs = {work_folder.path("x.tar")},
                              .go_main = "./cmd/a"});
    CHECK(made.name == "a:latest");
}

TEST_CASE("a main package is named by its folder, its path, or how that ends")
{
    struct Case {
        const char* name;
        const char* main;
        const char* folder;  // or a part of the refusal
        bool found = true;
    };

    const Case cases[] = {
        {"a folder", "./cmd/cli", "cmd/cli"},
        {"the last name, which another begins with", "cli", "cmd/cli"},
        {"the last names", "cmd/client", "cmd/client"},
        {"a final slash", "cmd/cli/", "cmd/cli"},
        {"the whole path", "example.com/m/cmd/cli", "cmd/cli"},
        {"the start of a name", "cl", "no Go main package", false},
        {"no main package", "lib", "no Go main package", false},
        {"a name that two have", "same", "'./one/same', './two/same'", false},
        {"a package of Go itself", "cmd/gofmt", "'./cmd/cli', './cmd/client'", false},
        {"a folder outside", "../other", "'./cmd/cli', './cmd/client'", false},
        {"a folder that is not there", "./nowhere", "'./cmd/cli', './cmd/client'", false},
    };
    const WorkFolder work_folder;
    write_text(work_folder / "m/go.mod", "module example.com/m\n\ngo 1.19\n");
    for (const char* folder : {"cmd/cli", "cmd/client", "one/same", "two/same"})
        write_text(work_folder / ("m/" + std::string(folder) + "/main.go"), kMain);
    write_text(work_folder / "m/lib/lib.go", "package lib\n");
    write_text(work_folder / "other/go.mod", "module example.com/other\n\ngo 1.19\n");
    write_text(work_folder / "other/main.go", kMain);
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const auto main = find_go_main(work_folder / "m", {.main = c.main});
        REQUIRE(static_cast<bool>(main) == c.found);
        if (c.found) {
            CHECK(main.value().folder == work_folder / ("m/" + std::string(c.folder)));
        } else {
            CAPTURE(main.error().text);
            CHECK(said_by(main.error()).find(c.folder) != std::string::npos);
        }
    }
}

TEST_CASE("GOPATH style: dependencies kept by godep are found")
{
    const WorkFolder work_folder;
    write_text(work_folder / "src/main.go",
               "package main // import \"example.com/old\"\n\nimport \"example.com/dep\"\n\n"
               "func main() { dep.Say() }\n");
    write_text(work_folder / "src/Godeps/_workspace/src/example.com/dep/dep.go",
               "package dep\n\nfunc Say() { println(1) }\n");
    CHECK(baked({.apps = {work_folder.path("src")}, .outputs = {work_folder.path("x.tar")}}).name ==
          "old:latest");
}

TEST_CASE("--cgo decides about cgo, whatever the environment says")
{
    struct Case {
        std::string name;
        const char* environment;
        const char* cgo;
        bool dynamic;
        std::optional<std::string> ldflags = {};
    };

    const Case cases[] = {
        {"default", "1", "", false},
        {"off", "1", "0", false},
        {"on", "0", "1", true},
        {"on, but static", "0", "1", false, "-linkmode external -extldflags -static"},
    };
    const WorkFolder work_folder;
    write_text(work_folder / "src/go.mod", "module example.com/x\n\ngo 1.19\n");
    write_text(work_folder / "src/main.go", "package main\n\nimport _ \"net\"\n\nfunc main() {}\n");
    for (const Case& c : cases) {
        CAPTURE(c.name);
        ::setenv("CGO_ENABLED", c.environment, 1);
        const auto made = bake_quietly({.apps = {work_folder.path("src")},
                                        .outputs = {work_folder.path("x.tar")},
                                        .go_ldflags = c.ldflags,
                                        .go_cgo = c.cgo});
        ::unsetenv("CGO_ENABLED");
        CAPTURE((made ? "" : made.error().text));
        REQUIRE(made);
        CHECK(unpack(work_folder / "x.tar").contents.contains("etc/ld.so.cache") == c.dynamic);
    }
    const auto neither = bake_quietly({.apps = {work_folder.path("src")}, .go_cgo = "yes"});
    REQUIRE_FALSE(neither);
    CHECK(said_by(neither.error()).find("--cgo is '0' or '1'") != std::string::npos);
}

TEST_CASE("tests that fail end the bake before anything is compiled")
{
    const WorkFolder work_folder;
    write_text(work_folder / "src/go.mod", "module example.com/x\n\ngo 1.19\n");
    write_text(work_folder / "src/main.go", kMain);
    write_text(work_folder / "src/x_test.go",
               "package main\n\nimport \"testing\"\n\n"
               "func TestX(t *testing.T) { t.Error(\"wrong result\") }\n");
    const BakeOptions options{.apps = {work_folder.path("src")},
                              .outputs = {work_folder.path("x.tar")}};
    CHECK(bake_quietly(options));
    fs::remove(work_folder / "x.tar");
    BakeOptions tested = options;
    tested.go_test = true;
    const auto refused = bake_quietly(tested);
    REQUIRE_FALSE(refused);
    CHECK(said_by(refused.error()).find("go test failed") == 0);
    CHECK(said_by(refused.error()).find("wrong result") != std::string::npos);
    CHECK_FALSE(fs::exists(work_folder / "x.tar"));
}

TEST_CASE("flags, tags and linker flags reach the compiler")
{
    struct Case {
        std::string name;
        BakeOptions options;
        const char* message;  // of the refusal; empty: it compiles
    };

    const Case cases[] = {
        {"none", {}, ""},
        {"tags", {.go_tags = "broken"}, "undefined: nowhere"},
        {"linker flags", {.go_ldflags = "-nonsense"}, "nonsense"},
        {"flag", {.go_flags = {"-tags=broken"}}, "undefined: nowhere"},
        {"unknown flag", {.go_flags = {"-nonsense"}}, "nonsense"},
    };
    const WorkFolder work_folder;
    write_text(work_folder / "src/go.mod", "module example.com/x\n\ngo 1.19\n");
    write_text(work_folder / "src/main.go", kMain);
    write_text(work_folder / "src/broken.go",
               "//go:build broken\n\npackage main\n\nvar x = nowhere\n");
    for (const Case& c : cases) {
        CAPTURE(c.name);
        BakeOptions options = c.options;
        options.apps = {work_folder.path("src")};
        options.outputs = {work_folder.path("x.tar")};
        const auto made = bake_quietly(options);
        CHECK(static_cast<bool>(made) == std::string(c.message).empty());
        if (!made)
            CHECK(said_by(made.error()).find(c.message) != std::string::npos);
    }
}

TEST_CASE("missing modules are reported with the toolchain's message and a remedy")
{
    const WorkFolder work_folder;
    write_text(work_folder / "src/main.go",
               "package main\n\nimport \"example.com/dep\"\n\nfunc main() { dep.Say() }\n");

    struct Case {
        std::string name;
        const char* module;  // the rest of go.mod
        const char* sum;     // go.sum
        const char* proxy;
        const char* message;
        Blame blame;
    };

    const Case cases[] = {
        {"no go.sum", "require example.com/dep v1.0.0\n", "", "off", "run 'go mod tidy'",
         Blame::input},
        {"not allowed to download", "require example.com/dep v1.0.0\n",
         "example.com/dep v1.0.0 h1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"
         "example.com/dep v1.0.0/go.mod h1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
         "off", "modules may not be downloaded", Blame::environment},
        {"no network", "require example.com/dep v1.0.0\n",
         "example.com/dep v1.0.0 h1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"
         "example.com/dep v1.0.0/go.mod h1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
         "http://127.0.0.1:1", "the module proxy cannot be reached", Blame::environment},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        write_text(work_folder / "src/go.mod",
                   "module example.com/x\n\ngo 1.19\n\n" + std::string(c.module));
        write_text(work_folder / "src/go.sum", c.sum);
        ::setenv("GOPROXY", c.proxy, 1);
        ::setenv("GONOSUMDB", "*", 1);
        const auto made = bake_quietly({.apps = {work_folder.path("src")}});
        ::unsetenv("GOPROXY");
        ::unsetenv("GONOSUMDB");
        REQUIRE_FALSE(made);
        CAPTURE(made.error().text);
        CHECK(said_by(made.error()).find(c.message) != std::string::npos);
        CHECK(made.error().blame == c.blame);
    }
}

TEST_CASE("an outdated go.mod, go.sum or vendor folder has a remedy")
{
    struct Case {
        const char* words;
        const char* remedy;
    };

    const Case cases[] = {
        {"verifying example.com/dep@v1.0.0: checksum mismatch", "find out why before you build it"},
        {"go: updates to go.mod needed", "run 'go mod tidy'"},
        {"go: inconsistent vendoring in /x:", "run 'go mod vendor'"},
    };
    const std::string path = std::getenv("PATH");
    for (const Case& c : cases) {
        CAPTURE(c.words);
        const WorkFolder work_folder;
        write_text(work_folder / "src/go.mod", "module x\n\ngo 1.19\n");
        write_fake_go(work_folder, c.words);
        ::setenv("PATH", (work_folder.path("fake") + ":" + path).c_str(), 1);
        const auto made = bake_quietly({.apps = {work_folder.path("src")}});
        ::setenv("PATH", path.c_str(), 1);
        REQUIRE_FALSE(made);
        CAPTURE(made.error().text);
        CHECK(said_by(made.error()).find(c.words) != std::string::npos);
        CHECK(said_by(made.error()).find(c.remedy) != std::string::npos);
        CHECK(made.error().blame == Blame::input);
    }
}

}  // namespace go_test
