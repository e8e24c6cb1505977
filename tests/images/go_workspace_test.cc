// Go workspaces: a go.work with no go.mod beside it.
#include <filesystem>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "fixture.h"
#include "programs/go.h"
#include "unpacked.h"

namespace go_workspace_test {

using namespace outis;
using namespace outis::images;
using namespace outis::images::testing;
namespace fs = std::filesystem;

namespace {

constexpr const char* kMain = "package main\n\nfunc main() { println(\"x\") }\n";

}  // namespace

TEST_CASE("a workspace without a module at its top is built by the modules that it uses")
{
    const WorkFolder work_folder;
    for (const char* name : {"app", "tool"}) {
        const std::string folder = std::string("ws/") + name;
        write_text(work_folder / (folder + "/go.mod"),
                   "module example.com/" + std::string(name) + "\n\ngo 1.19\n");
        write_text(work_folder / (folder + "/main.go"),
                   "package main\n\nimport \"example.com/lib\"\n\nfunc main() { lib.Say() }\n");
    }
    write_text(work_folder / "ws/lib/go.mod", "module example.com/lib\n\ngo 1.19\n");
    write_text(work_folder / "ws/lib/lib.go", "package lib\n\nfunc Say() { println(1) }\n");
    // No part of the workspace.
    write_text(work_folder / "ws/other/go.mod", "module example.com/other\n\ngo 1.19\n");
    write_text(work_folder / "ws/other/main.go", kMain);
    const std::string work = "go 1.19\n\nuse (\n\t./app\n\t./lib\n";
    write_text(work_folder / "ws/go.work", work + ")\n");
    const std::string ws = work_folder.path("ws");
    const std::vector<std::string> out{work_folder.path("x.tar")};
    CHECK(baked({.apps = {ws}, .outputs = out}).name == "app:latest");

    write_text(work_folder / "ws/go.work", work + "\t./tool\n)\n");
    const auto several = bake_quietly({.apps = {ws}, .outputs = out});
    REQUIRE_FALSE(several);
    CHECK(several.error().text.find("'./app', './tool'") != std::string::npos);
    for (const char* name : {"tool", "./tool", "example.com/tool"}) {
        CAPTURE(name);
        CHECK(baked({.apps = {ws}, .outputs = out, .go_main = name}).name == "tool:latest");
    }
    // Tests run in the workspace too.
    write_text(work_folder / "ws/tool/x_test.go",
               "package main\n\nimport (\n\t\"testing\"\n\n\t\"example.com/lib\"\n)\n\n"
               "func TestX(t *testing.T) { lib.Say() }\n");
    CHECK(baked({.apps = {ws}, .outputs = out, .go_main = "tool", .go_test = true}).name ==
          "tool:latest");
    // A module that has its dependencies in itself.
    write_text(work_folder / "ws/app/go.mod",
               "module example.com/app\n\ngo 1.19\n\nrequire example.com/dep v1.0.0\n");
    write_text(work_folder / "ws/app/vendor/modules.txt",
               "# example.com/dep v1.0.0\n## explicit; go 1.19\nexample.com/dep\n");
    write_text(work_folder / "ws/app/vendor/example.com/dep/dep.go",
               "package dep\n\nfunc Say() { println(1) }\n");
    write_text(work_folder / "ws/app/main.go",
               "package main\n\nimport \"example.com/dep\"\n\nfunc main() { dep.Say() }\n");
    for (const std::string& folder : {ws, ws + "/app"}) {
        CAPTURE(folder);
        CHECK(baked({.apps = {folder}, .outputs = out, .go_main = "app"}).name == "app:latest");
    }

    write_text(work_folder / "ws/go.work", "go 1.19\n");
    CHECK_FALSE(bake_quietly({.apps = {ws}, .outputs = out}));
}

TEST_CASE("a module of a workspace is named after the workspace where its own name is taken")
{
    struct Case {
        const char* name;
        const char* module;  // of the folder "app"
        bool has_module;     // at the top
        const char* project;
    };

    const Case cases[] = {
        {"its path goes through the workspace", "example.com/x/ws/app", false, "ws"},
        {"its path is its own", "example.com/x/tool", false, "tool"},
        {"a host is no name", "example.com/app", false, ""},
        {"a package of the module at the top", "hello/app", true, "hello"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const WorkFolder work_folder;
        fs::create_directories(work_folder / "ws/app");
        if (c.has_module)
            write_text(work_folder / "ws/go.mod", "");
        CHECK(programs::go_project_name({.folder = work_folder / "ws/app",
                                         .root = work_folder / "ws",
                                         .import_path = c.module,
                                         .module = c.module}) == c.project);
    }
}

}  // namespace go_workspace_test
