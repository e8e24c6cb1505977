// A program with the folder that it lies in, as programs with files of their own are packed.
#include <filesystem>
#include <string>

#include <doctest/doctest.h>

#include "fixture.h"
#include "unpacked.h"

namespace program_folder_test {

using namespace outis;
using namespace outis::images::bake;
using namespace outis::images::testing;

namespace fs = std::filesystem;

TEST_CASE("a program and its folder go into one image, and the program's entry stays")
{
    struct Case {
        std::string name;
        std::string app;
        std::string add;
        std::string capability = {};
    };

    const WorkFolder work_folder;
    const std::string root = work_folder.path("root");
    fs::create_directories(root + "/opt/app/bin");
    fs::create_directories(root + "/usr/bin");
    fs::copy_file(work_folder.program("static"), root + "/opt/app/bin/app");
    write_text(root + "/opt/app/share/data", "data");
    fs::create_symlink("usr/bin", root + "/bin");
    fs::create_symlink("/opt/app/bin/app", root + "/usr/bin/app");
    const Case cases[] = {
        {"its folder", "/opt/app/bin/app", root + "/opt/app:/opt/app"},
        {"what lies above", "/opt/app/bin/app", root + "/opt:/opt"},
        {"behind links", "/bin/app", root + "/opt/app:/opt/app"},
        {"itself", "/opt/app/bin/app", root + "/opt/app/bin/app:/opt/app/bin/app:0600"},
        {"with a capability", "/opt/app/bin/app", root + "/opt/app:/opt/app",
         "app=cap_net_bind_service+ep"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        BakeOptions options{
            .apps = {c.app}, .root = root, .outputs = {work_folder.path("x.tar")}, .add = {c.add}};
        if (!c.capability.empty())
            options.capabilities = {c.capability};
        const auto made = bake_quietly(options);
        REQUIRE_MESSAGE(made, (made ? "" : made.error().text));
        const Unpacked image = unpack(work_folder / "x.tar");
        REQUIRE(image.entries.contains("opt/app/bin/app"));
        const auto& app = image.entries.at("opt/app/bin/app");
        CHECK(app.mode == 0755);
        CHECK(app.capability.empty() == c.capability.empty());
        CHECK(image.entries.contains("opt/app/share/data") == (c.name != "itself"));
    }
    write_text(work_folder / "other", "other");
    const auto refused = bake_quietly({.apps = {"/opt/app/bin/app"},
                                       .root = root,
                                       .outputs = {work_folder.path("y.tar")},
                                       .add = {work_folder.path("other") + ":/opt/app/bin/app"}});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().text.find("'/opt/app/bin/app'") != std::string::npos);
}

}  // namespace program_folder_test
