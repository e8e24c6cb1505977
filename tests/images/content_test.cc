#include <filesystem>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "content/base.h"
#include "content/certificates.h"
#include "fixture.h"
#include "oci/json.h"
#include "support/skip.h"
#include "unpacked.h"

namespace content_test {

using namespace outis;
using namespace outis::images;
using namespace outis::images::oci;
using namespace outis::images::content;
using namespace outis::images::places;
using namespace outis::images::bake;
using namespace outis::images::testing;

TEST_CASE("an image has the certificates and time zones that were chosen")
{
    const WorkFolder work_folder;
    const std::string app = work_folder.program("app");
    const std::string authority = read_text(OUTIS_TEST_DATA "/authority.pem");
    const std::string pinned = read_text(OUTIS_TEST_SHARE "/ca.pem");
    const std::string file = OUTIS_TEST_DATA "/authority.pem";
    const std::string nothing = "(absent)";

    struct Case {
        const char* name;
        BakeOptions options;
        std::string bundle;
        std::size_t layers;
        bool berlin;
        bool kiev;
    };

    const Case cases[] = {
        {"default", {}, pinned, 2, true, true},
        {"said", {.ca = "pinned", .zones = "slim"}, pinned, 2, true, true},
        {"added", {.ca_add = {file}}, pinned + authority, 3, true, true},
        {"none", {.ca = "none"}, nothing, 2, true, true},
        {"only ours", {.ca = file}, authority, 3, true, true},
        {"none but added", {.ca = "none", .ca_add = {file}}, authority, 3, true, true},
        {"no zones", {.zones = "none"}, pinned, 2, false, false},
        {"two zones", {.zones = "Europe/Berlin,UTC"}, pinned, 3, true, false},
        {"a legacy name", {.zones = "Europe/Kiev"}, pinned, 3, false, true},
        {"bare", {.ca = "none", .zones = "none"}, nothing, 2, false, false},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        BakeOptions options = c.options;
        options.apps = {app};
        options.outputs = {work_folder.path("x.tar")};
        baked(options);
        CHECK(problems_of(work_folder / "x.tar") == "");
        const Unpacked image = unpack(work_folder / "x.tar");
        const bool has_bundle = image.contents.contains(kBundleKey);
        CHECK(((has_bundle ? image.contents.at(kBundleKey) : nothing) == c.bundle));
        CHECK(image.entries.contains("etc/ssl/cert.pem") == has_bundle);
        CHECK(image.layers.size() == c.layers);
        CHECK(image.entries.contains("usr/share/zoneinfo/Europe/Berlin") == c.berlin);
        CHECK(image.entries.contains("usr/share/zoneinfo/Europe/Kiev") == c.kiev);
    }
    const auto unknown = bake_quietly({.apps = {app}, .zones = "Europe/Berln"});
    REQUIRE_FALSE(unknown);
    CHECK(unknown.error().text.find("did you mean 'Europe/Berlin'?") != std::string::npos);
}

TEST_CASE("added files are in the image, and volumes belong to its user")
{
    const WorkFolder work_folder;
    write_text(work_folder / "conf", "a=1\n");
    baked({.apps = {work_folder.program("app")},
           .outputs = {work_folder.path("x.tar")},
           .annotations = {"org.opencontainers.image.title=x"},
           .compress = "zstd:9",
           .volumes = {"/data/x", "/tmp"},
           .workdir = "/work",
           .stop_signal = "QUIT",
           .health = "tcp://localhost:80",
           .add = {work_folder.path("conf") + ":/etc/app.conf"}});
    CHECK(problems_of(work_folder / "x.tar") == "");
    const OpenedImage image = opened(work_folder / "x.tar");
    const auto index = document(image, "index.json");
    const std::string digest = text(index.at("manifests").at(0).at("digest"));
    const auto manifest = document(image, "blobs/sha256/" + digest.substr(7));
    CHECK(text(manifest.at("annotations").at("org.opencontainers.image.title")) == "x");
    CHECK(text(manifest.at("layers").at(0).at("mediaType")).ends_with("+gzip"));
    CHECK(text(manifest.at("layers").at(1).at("mediaType")).ends_with("+zstd"));

    const auto plain = bake_quietly({.apps = {work_folder.path("app")},
                                     .outputs = {work_folder.path("plain.tar")},
                                     .compress = "none",
                                     .volumes = {"/data/x", "/tmp"},
                                     .workdir = "/work",
                                     .add = {work_folder.path("conf") + ":/etc/app.conf"}});
    REQUIRE(plain);
    CHECK(problems_of(work_folder / "plain.tar") == "");
    const Unpacked unpacked = unpack(work_folder / "plain.tar");
    CHECK(unpacked.entries.at("data").uid == 0);
    CHECK(unpacked.entries.at("data/x").uid == 65534);
    CHECK(unpacked.entries.at("work").uid == 0);
    CHECK(unpacked.entries.at("tmp").mode == 01777);
    CHECK(unpacked.contents.at("etc/app.conf") == "a=1\n");
}

TEST_CASE("certificates that only this machine has are named")
{
    const auto host = bake_quietly({.apps = {"/nonexistent"}, .ca = "host"});
    REQUIRE_FALSE(host);  // no data folder is needed to see that it is looked for first
    if (!std::filesystem::exists("/etc/ssl/certs/ca-certificates.crt")) {
        tests::skip("roots of this machine", "there is no /etc/ssl/certs/ca-certificates.crt");
        return;
    }
    const WorkFolder work_folder;
    const std::string authority = read_text(OUTIS_TEST_DATA "/authority.pem");
    std::filesystem::remove(work_folder / "data/ca.pem");
    write_text(work_folder / "data/ca.pem", authority);
    const Baked made = baked({.apps = {work_folder.program("app")},
                              .outputs = {work_folder.path("x.tar")},
                              .ca = "host"});
    REQUIRE_FALSE(made.notes.empty());
    CHECK(made.notes.front().find("which the pinned certificates lack") != std::string::npos);
    for (const std::string& note : made.notes)
        CHECK(note.find("Outis test authority") == std::string::npos);
}

TEST_CASE("options set the local time, leave out os-release and hide the program")
{
    const WorkFolder work_folder;
    write_text(work_folder / "hidden.policy", make_policy({.flags = policy::kHidden}));
    const std::string app = work_folder.program("app");

    struct Case {
        const char* name;
        BakeOptions options;
        const char* localtime;  // the link's target; empty: absent
        bool zone;              // Europe/Berlin is there
        bool os_release;
        std::uint32_t mode;  // of the app
    };

    const std::string target = "../usr/share/zoneinfo/Europe/Berlin";
    const Case cases[] = {
        {"default", {}, "", true, true, 0755},
        {"local time", {.localtime = "Europe/Berlin"}, target.c_str(), true, true, 0755},
        {"local time alone",
         {.zones = "none", .localtime = "Europe/Berlin"},
         target.c_str(),
         true,
         true,
         0755},
        {"local time and others",
         {.zones = "UTC", .localtime = "Europe/Berlin"},
         target.c_str(),
         true,
         true,
         0755},
        {"no os-release", {.zones = "none", .os_release = "none"}, "", false, false, 0755},
        {"hidden", {.profile = work_folder.path("hidden.policy")}, "", true, true, 0111},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        BakeOptions options = c.options;
        options.apps = {app};
        options.outputs = {work_folder.path("x.tar")};
        baked(options);
        CHECK(problems_of(work_folder / "x.tar") == "");
        const Unpacked image = unpack(work_folder / "x.tar");
        const auto link = image.entries.find("etc/localtime");
        CHECK((link == image.entries.end() ? "" : link->second.target) == c.localtime);
        CHECK(image.entries.contains("usr/share/zoneinfo/Europe/Berlin") == c.zone);
        CHECK(image.entries.contains("etc/os-release") == c.os_release);
        CHECK(image.entries.at("app").mode == c.mode);
    }
    for (const BakeOptions& wrong : {BakeOptions{.apps = {app}, .localtime = "Europe/Berln"},
                                     BakeOptions{.apps = {app}, .os_release = "debian"}}) {
        const auto refused = bake_quietly(wrong);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().text.find("unknown ") == 0);
    }
}

TEST_CASE("the debug image is the same image with a shell, for every output")
{
    const WorkFolder work_folder;
    const std::string app = work_folder.program("app");
    const std::string shell = work_folder.program("busybox", {.entry = 0x400200});
    const Baked plain =
        baked({.apps = {app}, .tags = {"x:1"}, .outputs = {work_folder.path("plain.tar")}});
    const Baked made =
        baked({.apps = {app},
               .tags = {"x:1"},
               .outputs = {work_folder.path("x.tar"), "oci:" + work_folder.path("layout"),
                           "oci:" + work_folder.path("layout") + ":2"},
               .debug = {shell}});
    CHECK(made.digest == plain.digest);
    CHECK(made.outputs.at(3) == work_folder.path("x-debug.tar"));
    const Unpacked image = unpack(work_folder / "x.tar");
    const Unpacked debug = unpack(work_folder / "x-debug.tar");
    CHECK_FALSE(image.contents.contains("bin/busybox"));
    CHECK(debug.contents.at("bin/busybox") == read_text(shell));
    CHECK(debug.entries.at("bin/sh").target == "busybox");
    REQUIRE(debug.layers.size() == image.layers.size() + 1);
    CHECK(std::equal(image.layers.begin(), image.layers.end(), debug.layers.begin()));
    std::string tags;
    for (const auto& row : rows_of(opened(work_folder / "layout"), Rows::images))
        tags += text(row.at("annotations").at("org.opencontainers.image.ref.name")) + " ";
    CHECK(tags == "1 1-debug 2 2-debug ");
    for (const char* name : {"x.tar", "x-debug.tar", "layout"})
        CHECK(problems_of(work_folder / name) == "");

    struct Case {
        const char* name;
        BakeOptions options;
        const char* message;
    };

    const Case cases[] = {
        {"no program", {.apps = {app}, .debug = {OUTIS_TEST_DATA "/authority.pem"}}, "not an ELF"},
        {"for another platform",
         {.apps = {app}, .debug = {work_folder.program("arm", {.machine = 183})}},
         "names no shell for linux/amd64"},
        {"one stream", {.apps = {app}, .outputs = {"-"}, .debug = {shell}}, "standard output"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const auto refused = bake_quietly(c.options);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().text.find(c.message) != std::string::npos);
    }
}

}  // namespace content_test
