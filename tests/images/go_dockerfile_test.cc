// The stage of a Dockerfile that compiles Go source, and its .dockerignore. That an edit of the
// source keeps the layer of the dependencies is asked by tests/whole/recipes.sh.
#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "dockerfile/dockerfile.h"
#include "fixture.h"

namespace go_dockerfile_test {

using namespace outis;
using namespace outis::images;
using namespace outis::images::bake;
using namespace outis::images::dockerfile;
using namespace outis::images::testing;
namespace fs = std::filesystem;

namespace {

constexpr const char* kMain = "package main\n\nfunc main() {}\n";
constexpr const char* kUser =
    "package main\n\nimport \"example.com/lib\"\n\nfunc main() { println(lib.Word) }\n";
constexpr const char* kLibrary = "package lib\n\nconst Word = 1\n";
constexpr const char* kModule = "module example.com/x\n\ngo 1.19\n";
constexpr const char* kModuleOfLibrary = "module example.com/lib\n\ngo 1.18\n";

std::string replacing(const std::string& place)
{
    return std::string(kModule) +
           "\nrequire example.com/lib v0.0.0\n\nreplace example.com/lib => " + place + "\n";
}

using Files = std::map<std::string, std::string>;

void write_all(const WorkFolder& work_folder, const Files& files)
{
    for (const auto& [file, text] : files)
        write_text(work_folder / ("src/" + file), text);
}

std::string text_of(const BakeOptions& options)
{
    const auto facts = dockerfile_facts(options);
    return facts ? dockerfile_text(facts.value()) : "error: " + facts.error().text;
}

// What comes between FROM and the source.
std::string dependencies(const std::string& text)
{
    const std::string from =
        "FROM golang:${GO_VERSION} AS build\nWORKDIR /src\n"
        "RUN CGO_ENABLED=0 go build -trimpath runtime\n";
    const std::size_t begin = text.find(from);
    const std::size_t end = text.find("COPY . ");
    if (begin == std::string::npos || end == std::string::npos)
        return text;
    return text.substr(begin + from.size(), end - begin - from.size());
}

std::string version(const std::string& text)
{
    const std::string argument = "ARG GO_VERSION=";
    const std::size_t begin = text.find(argument);
    if (begin == std::string::npos)
        return text;
    return text.substr(begin + argument.size(), text.find('\n', begin) - begin - argument.size());
}

// A variable of the environment, until the end.
class Variable {
public:
    Variable(const char* name, const std::string& value) : name_(name)
    {
        const char* const old = std::getenv(name);
        old_ = old == nullptr ? "" : old;
        ::setenv(name, value.c_str(), 1);
    }

    Variable(const Variable&) = delete;
    Variable& operator=(const Variable&) = delete;

    ~Variable() { ::setenv(name_, old_.c_str(), 1); }

private:
    const char* name_;
    std::string old_;
};

}  // namespace

TEST_CASE("what Go downloads is copied before the source, by itself")
{
    const std::string requiring = std::string(kModule) + "\nrequire example.com/lib v0.0.0\n";

    struct Case {
        const char* name;
        Files files;
        std::string app;
        const char* lines;
        const char* version = "1.19";
        const char* package = " .\n";
    };

    const Case cases[] = {
        {"no sums",
         {{"go.mod", kModule}, {"main.go", kMain}},
         "",
         "COPY go.mod ./\nRUN go mod download\n"},
        {"sums, a package below, no version",
         {{"go.mod", "module example.com/x\n"}, {"go.sum", ""}, {"cmd/x/main.go", kMain}},
         "cmd/x",
         "COPY go.mod go.sum ./\nRUN go mod download\n",
         "1",
         " ./cmd/x\n"},
        {"vendor",
         {{"go.mod", kModule}, {"go.sum", ""}, {"vendor/modules.txt", ""}, {"main.go", kMain}},
         "",
         ""},
        {"a replacement below",
         {{"go.mod", replacing("./lib")},
          {"lib/go.mod", kModuleOfLibrary},
          {"lib/lib.go", kLibrary},
          {"main.go", kUser}},
         "",
         "COPY go.mod ./\nCOPY lib/go.mod ./lib/\nRUN go mod download\n"},
        {"a replacement beside",
         {{"app/go.mod", replacing("../lib/")},
          {"lib/go.mod", kModuleOfLibrary},
          {"lib/lib.go", kLibrary},
          {"app/main.go", kUser}},
         "app",
         "COPY app/go.mod ./app/\nCOPY lib/go.mod ./lib/\nWORKDIR /src/app\n"
         "RUN go mod download\n"},
        {"a replacement that is not there and not needed",
         {{"go.mod", std::string(kModule) + "\nreplace example.com/lib => ../lib\n"},
          {"main.go", kMain}},
         "",
         "COPY go.mod ./\nRUN go mod download\n"},
        {"a workspace, and what a module of it replaces",
         {{"go.work", "go 1.9\n\nuse (\n\t./app\n\t./more\n)\n"},
          {"go.work.sum", ""},
          {"app/go.mod", replacing("../lib")},
          {"app/go.sum", ""},
          {"app/main.go", kUser},
          {"more/go.mod", "module example.com/more\n\ngo 1.18\n"},
          {"lib/go.mod", kModuleOfLibrary},
          {"lib/lib.go", kLibrary}},
         "app",
         "COPY go.work go.work.sum ./\nCOPY app/go.mod app/go.sum ./app/\n"
         "COPY lib/go.mod ./lib/\nCOPY more/go.mod ./more/\nRUN go mod download\n",
         "1.19",
         " ./app\n"},
        {"a workspace that alone supplies what a module of it requires",
         {{"go.work", "go 1.19\n\nuse (\n\t./app\n\t./lib\n)\n"},
          {"app/go.mod", requiring},
          {"app/main.go", kUser},
          {"lib/go.mod", kModuleOfLibrary},
          {"lib/lib.go", kLibrary}},
         "app",
         "# 'go build' takes 'example.com/lib v0.0.0' from go.work, and\n"
         "# 'go mod download' would fetch it: with a 'replace' of it in go.work, that\n"
         "# command can come before the source and keep a layer of its own.\n",
         "1.19",
         " ./app\n"},
        {"the same with a replacement in go.work",
         {{"go.work",
           "go 1.19\n\nuse (\n\t./app\n\t./lib\n)\n\nreplace example.com/lib v0.0.0 => "
           "./lib\n"},
          {"app/go.mod", requiring},
          {"app/main.go", kUser},
          {"lib/go.mod", kModuleOfLibrary},
          {"lib/lib.go", kLibrary}},
         "app",
         "COPY go.work ./\nCOPY app/go.mod ./app/\nCOPY lib/go.mod ./lib/\n"
         "RUN go mod download\n",
         "1.19",
         " ./app\n"},
        {"a module with vendor in a workspace",
         {{"go.work", "go 1.19\n\nuse ./app\n"},
          {"app/go.mod", kModule},
          {"app/vendor/modules.txt", ""},
          {"app/main.go", kMain}},
         "app",
         ""},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const WorkFolder work_folder;
        write_all(work_folder, c.files);
        fs::create_directory_symlink("src", work_folder / "link");
        // Go believes PWD, which may go through a link.
        for (const std::string& root : {work_folder.path("src"), work_folder.path("link")}) {
            const std::string app = c.app.empty() ? root : root + "/" + c.app;
            const Variable folder("PWD", app);
            const std::string text = text_of({.apps = {app}});
            CAPTURE(text);
            CHECK(dependencies(text) == c.lines);
            CHECK(version(text) == c.version);
            CHECK(text.find(c.package) != std::string::npos);
        }
    }
}

TEST_CASE("Go's own packages are compiled before all else, none twice")
{
    const WorkFolder work_folder;
    write_all(work_folder,
              {{"go.mod", kModule},
               {"main.go",
                "package main\n\nimport (\n\t\"fmt\"\n\t\"net/http\"\n\t\"os\"\n\t"
                "\"os/signal\"\n)\n\nfunc main() {\n\tsignal.Ignore()\n\tfmt.Println(os."
                "Args, http.ErrAbortHandler)\n}\n"}});
    const std::string app = work_folder.path("src");
    const auto stage = [&](const BakeOptions& options) {
        const std::string text = text_of(options);
        const std::size_t begin = text.find("WORKDIR");
        return begin == std::string::npos ? text : text.substr(begin, text.find("COPY") - begin);
    };
    CHECK(stage({.apps = {app}}) ==
          "WORKDIR /src\nRUN CGO_ENABLED=0 go build -trimpath net/http os/signal\n");
    CHECK(stage({.apps = {app}, .platforms = {"linux/arm64"}, .go_tags = "a b"}) ==
          "WORKDIR /src\nRUN CGO_ENABLED=0 GOOS=linux GOARCH=arm64 go build -trimpath "
          "-tags 'a b' net/http os/signal\n");
    CHECK(stage({.apps = {app}, .go_flags = {"-mod=mod"}}) == "WORKDIR /src\n");
}

TEST_CASE("the image of Go is the newest that go.mod asks for")
{
    struct Case {
        const char* answer;  // of `go mod edit -json`
        const char* version;
    };

    const Case cases[] = {
        {R"({"Go":"1.21"})", "1.21"},
        {R"({"Go":"1.21.0","Toolchain":"go1.22.3"})", "1.22.3"},
        {R"({"Go":"1.21","Toolchain":"go1.22.3-team"})", "1.22.3"},
        {R"({"Go":"1.21","Toolchain":"default"})", "1.21"},
        {R"({"Go":"1.22rc1"})", "1.22rc1"},
        {R"({})", "1"},
        {R"({"Go":7,"Replace":[1,{"New":2}],"Use":{}})", "1"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.answer);
        const WorkFolder work_folder;
        write_all(work_folder, {{"go.mod", kModule}, {"main.go", kMain}});
        write_text(work_folder / "fake/go",
                   "#!/bin/sh\ncase \"$1 $2\" in\n"
                   "'list -buildvcs=false')\n"
                   "    printf 'main\\tx\\t\"\"\\tx\\t%s\\n' \"$PWD\" ;;\n"
                   "'mod edit') echo '" +
                       std::string(c.answer) + "' ;;\nesac\n");
        fs::permissions(work_folder / "fake/go", fs::perms(0755));
        const Variable path("PATH", work_folder.path("fake") + ":" + std::getenv("PATH"));
        CHECK(version(text_of({.apps = {work_folder.path("src")}})) == c.version);
    }
}

TEST_CASE("a folder that no context can hold is refused")
{
    const WorkFolder work_folder;
    write_all(work_folder, {{"go.mod", replacing(work_folder.path("lib"))}, {"main.go", kUser}});
    write_text(work_folder / "lib/go.mod", kModuleOfLibrary);
    write_text(work_folder / "lib/lib.go", kLibrary);
    CHECK(text_of({.apps = {work_folder.path("src")}})
              .find("names the folder '" + work_folder.path("lib") + "'") != std::string::npos);
}

TEST_CASE("a .dockerignore that hides what the build needs is noted")
{
    struct Case {
        const char* name;
        std::string ignored;
        const char* file;  // that is named; empty: no note
        const char* line;  // the way out
    };

    const Files module{{"go.mod", kModule},
                       {"go.sum", ""},
                       {"vendor/modules.txt", ""},
                       {"main.go",
                        "package main\n\nimport _ \"embed\"\n\n//go:embed page.md\nvar "
                        "page string\n\nfunc main() { println(page) }\n"},
                       {"page.md", "x"},
                       {"README.md", "x"}};
    const Case cases[] = {
        {"nothing of it", ".git\nREADME.md\n**/*_test.go\n", "", ""},
        {"vendor", "vendor/\n", "'vendor/modules.txt'", "'!vendor'"},
        {"vendor, but for it", "vendor\n!vendor/modules.txt\n", "", ""},
        {"sums", "*.sum\n", "'go.sum'", "'!go.sum'"},
        {"the program", "*.go\n", "'main.go'", "'!main.go'"},
        {"what is embedded", "**/*.md\n", "'page.md'", "'!page.md'"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const WorkFolder work_folder;
        write_all(work_folder, module);
        write_text(work_folder / "src/.dockerignore", c.ignored);
        const auto facts = dockerfile_facts({.apps = {work_folder.path("src")}});
        REQUIRE(facts);
        const std::vector<std::string>& notes = facts.value().notes;
        REQUIRE(notes.size() == (*c.file == '\0' ? 0 : 1));
        if (*c.file == '\0')
            continue;
        CAPTURE(notes.front());
        CHECK(notes.front().find(work_folder.path("src/.dockerignore")) != std::string::npos);
        CHECK(notes.front().find(c.file) != std::string::npos);
        CHECK(notes.front().find(c.line) != std::string::npos);
    }
    const WorkFolder work_folder;
    write_all(work_folder, module);
    write_text(work_folder / "src/.dockerignore", "a\n[\n");
    CHECK(text_of({.apps = {work_folder.path("src")}}).find(".dockerignore:2: ") !=
          std::string::npos);
}

TEST_CASE("the .dockerignore that is proposed hides nothing that the build needs")
{
    const WorkFolder work_folder;
    write_all(work_folder, {{"go.mod", kModule},
                            {"cmd/x/main.go",
                             "package main\n\nimport _ \"embed\"\n\n//go:embed "
                             "testdata/*\nvar page string\n\nfunc main() {}\n"},
                            {"cmd/x/testdata/a b[1].md", "x"},
                            {"x/x.go", "package x\n"}});
    const std::string app = work_folder.path("src/cmd/x");
    const auto facts = dockerfile_facts({.apps = {app}});
    REQUIRE(facts);
    REQUIRE(facts.value().notes.size() == 1);
    CHECK(facts.value().notes.front().find("--dockerignore") != std::string::npos);
    const std::string text = ignore_text(facts.value()).value();
    CAPTURE(text);
    CHECK(text.find("\n**/testdata\n") != std::string::npos);
    CHECK(text.find("\n!cmd/x/testdata/a b\\[1].md\n") != std::string::npos);
    // What `go build` would leave there; the folder of that name stays.
    CHECK(text.find("\ncmd/x/x\n") != std::string::npos);
    CHECK(text.find("\nx\n") == std::string::npos);
    write_text(work_folder / "src/.dockerignore", text);
    CHECK(dockerfile_facts({.apps = {app}}).value().notes.empty());
    const auto tested = dockerfile_facts({.apps = {app}, .go_test = true});
    CHECK(ignore_text(tested.value()).value().find("testdata") == std::string::npos);

    // Of programs only they are sent.
    const std::string program = work_folder.program("bin/hello");
    fs::permissions(program, fs::perms(0755));
    const auto of_program = dockerfile_facts({.apps = {program}});
    REQUIRE(of_program);
    CHECK(ignore_text(of_program.value()).value().ends_with("\n*\n!hello\n"));
}

}  // namespace go_dockerfile_test
