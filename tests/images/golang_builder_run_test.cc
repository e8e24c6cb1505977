// The golang-builder's whole run, in a folder of source: exit codes and the files it leaves. What
// needs a daemon is asked by tests/whole/golang_builder.sh.
#include "golang_builder/golang_builder.h"

#include <cstdlib>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "fixture.h"
#include "golang_builder/contract.h"

namespace golang_builder_run_test {

using namespace outis;
using namespace outis::images;
using namespace outis::images::bake;
using namespace outis::images::golang_builder;
using namespace outis::images::testing;
namespace fs = std::filesystem;

namespace {

using Words = std::vector<std::string>;

// Where the container runs, and what it is told. DOCKER_HOST names nothing unless a row does.
class Container {
public:
    Container(const fs::path& folder, const Variables& variables)
        : before_(fs::current_path()), variables_(variables)
    {
        variables_.try_emplace("DOCKER_HOST", "unix:///nowhere/docker.sock");
        for (const auto& [name, value] : variables_)
            ::setenv(name.c_str(), value.c_str(), 1);
        fs::current_path(folder);
    }

    Container(const Container&) = delete;
    Container& operator=(const Container&) = delete;

    ~Container()
    {
        fs::current_path(before_);
        for (const auto& row : variables_)
            ::unsetenv(row.first.c_str());
    }

private:
    fs::path before_;
    Variables variables_;
};

void write_source(const WorkFolder& work_folder)
{
    write_text(work_folder / "src/go.mod", "module example.com/build\n\ngo 1.19\n");
    write_text(work_folder / "src/main.go", "package main\n\nfunc main() {}\n");
}

}  // namespace

TEST_CASE("builder: a named daemon that cannot be used is an error")
{
    struct Case {
        const char* name;
        const char* host;
        std::optional<std::string> tag;
    };

    const Case cases[] = {
        {"nothing there", "unix:///nowhere/docker.sock", {}},
        {"nothing there, a tag", "unix:///nowhere/docker.sock", "x:1"},
        {"another protocol", "ssh://host", {}},
        {"malformed", "docker.sock", {}},
        {"somewhere else", "tcp://192.0.2.1:2375", {}},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const WorkFolder work_folder;
        write_source(work_folder);
        const Container container(work_folder / "src", {{"DOCKER_HOST", c.host}});
        CHECK(run(GolangBuilderCommand{.tag = c.tag}) == 3);
        CHECK(
            read_text("build").starts_with("\x7F"
                                           "ELF"));
    }
}

TEST_CASE("builder: files in the way of an output are kept")
{
    struct Case {
        const char* name;
        Variables variables;
        const char* file;
    };

    const Case cases[] = {
        {"a script with the program's name", {}, "build"},
        {"OUTPUT names source", {{"OUTPUT", "main.go"}}, "main.go"},
        {"the index", {{"BUILD_GOARCH", "amd64 arm64"}}, "build-linux.tar"},
        {"one of several", {{"BUILD_GOARCH", "386 arm64"}}, "build-linux-arm64"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const WorkFolder work_folder;
        write_source(work_folder);
        const std::string before = "package main\n\nfunc main() {}\n";
        write_text(work_folder / "src" / c.file, before);
        const Container container(work_folder / "src", c.variables);
        CHECK(run(GolangBuilderCommand{}) == 2);
        CHECK(read_text(c.file) == before);
    }
}

TEST_CASE("builder: where main's folder is in the way programs and index have the project's name")
{
    struct Case {
        const char* name;
        Variables variables;
        Words files;
    };

    const Case cases[] = {
        {"one platform", {}, {"hello"}},
        {"several",
         {{"BUILD_GOARCH", "amd64 arm64"}},
         {"hello-linux-amd64", "hello-linux-arm64", "hello-linux.tar"}},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const WorkFolder work_folder;
        write_text(work_folder / "src/cli/main.go",
                   "package main // import \"example.com/hello/cli\"\n\nfunc main() {}\n");
        Variables variables = c.variables;
        variables["MAIN_PATH"] = "cli";
        const Container container(work_folder / "src", variables);
        run(GolangBuilderCommand{});
        for (const std::string& file : c.files) {
            CAPTURE(file);
            CHECK(fs::exists(file));
        }
    }
}

TEST_CASE("builder: a new index replaces the one before")
{
    const WorkFolder work_folder;
    write_source(work_folder);
    const Container container(work_folder / "src", {{"BUILD_GOARCH", "amd64 arm64"}});
    CHECK(run(GolangBuilderCommand{}) == 0);
    CHECK(run(GolangBuilderCommand{}) == 0);
}

TEST_CASE("builder: outis.toml holds for programs without an image, too")
{
    const WorkFolder work_folder;
    write_source(work_folder);
    write_text(work_folder / "src/cmd/other/main.go", "package main\n\nfunc main() {}\n");
    write_text(work_folder / "src/outis.toml", "main = './cmd/other'\n");
    const Container container(work_folder / "src", {});
    CHECK(run(GolangBuilderCommand{}) == 3);
    CHECK(
        read_text("other").starts_with("\x7F"
                                       "ELF"));
    CHECK_FALSE(fs::exists("build"));
}

TEST_CASE("builder: a context that is no folder is an error before anything is made")
{
    const WorkFolder work_folder;
    write_source(work_folder);
    for (const char* folder : {"none", "go.mod"}) {
        CAPTURE(folder);
        const Container container(work_folder / "src", {{"DOCKER_BUILD_CONTEXT", folder}});
        CHECK(run(GolangBuilderCommand{}) == 2);
        CHECK_FALSE(fs::exists("build"));
    }
}

TEST_CASE("builder: platforms that Go does not know take nothing from the others")
{
    const WorkFolder work_folder;
    write_source(work_folder);
    const Container container(work_folder / "src",
                              {{"BUILD_GOOS", "linux darwin"}, {"BUILD_GOARCH", "386"}});
    CHECK(run(GolangBuilderCommand{}) == 2);
    CHECK(fs::exists("build-linux-386"));
    fs::remove("build-linux-386");
    ::unsetenv("BUILD_GOOS");
    CHECK(run(GolangBuilderCommand{.flags = {.cross = true}}) == 0);
    CHECK(fs::exists("build-linux-386"));
}

TEST_CASE("builder: without a Dockerfile OUTIS_IMAGE=none asks no daemon")
{
    const WorkFolder work_folder;
    write_source(work_folder);
    const Container container(work_folder / "src", {{"OUTIS_IMAGE", "none"}});
    CHECK(run(GolangBuilderCommand{.tag = "x:1"}) == 2);
    CHECK_FALSE(fs::exists("build"));
    CHECK(run(GolangBuilderCommand{}) == 0);
    CHECK(fs::exists("build"));
    write_text(work_folder / "src/Dockerfile", "FROM scratch\n");
    CHECK(run(GolangBuilderCommand{}) == 3);
}

TEST_CASE("builder: programs for several platforms may have a Dockerfile and a TAG")
{
    const WorkFolder work_folder;
    write_source(work_folder);
    const Container container(work_folder / "src", {{"BUILD_GOARCH", "386"}});
    CHECK(run(GolangBuilderCommand{.tag = "x:1"}) == 2);
    CHECK_FALSE(fs::exists("build-linux-386"));
    write_text(work_folder / "src/Dockerfile", "FROM scratch\n");
    CHECK(run(GolangBuilderCommand{.tag = "x:1"}) == 3);  // for want of a daemon
    CHECK(fs::exists("build-linux-386"));
}

}  // namespace golang_builder_run_test
