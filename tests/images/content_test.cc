#include <filesystem>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "content/base.h"
#include "content/certificates.h"
#include "fixture.h"
#include "oci/json.h"
#include "unpacked.h"

using namespace outis;
using namespace outis::images;
using namespace outis::images::testing;

TEST_CASE("certificates and zones can be chosen")
{
    const Workshop workshop;
    const std::string app = workshop.program("app");
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
        options.outputs = {workshop.path("x.tar")};
        baked(options);
        CHECK(problems_of(workshop / "x.tar") == "");
        const Unpacked image = unpack(workshop / "x.tar");
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

TEST_CASE("what is given appears, and volumes belong to whom the image runs as")
{
    const Workshop workshop;
    write_text(workshop / "conf", "a=1\n");
    baked({.apps = {workshop.program("app")},
           .outputs = {workshop.path("x.tar")},
           .annotations = {"org.opencontainers.image.title=x"},
           .compress = "zstd:9",
           .volumes = {"/data/x", "/tmp"},
           .workdir = "/work",
           .stop_signal = "QUIT",
           .health = "tcp://localhost:80",
           .add = {workshop.path("conf") + ":/etc/app.conf"}});
    CHECK(problems_of(workshop / "x.tar") == "");
    const OpenedImage image = opened(workshop / "x.tar");
    const auto index = document(image, "index.json");
    const std::string digest = text(index.at("manifests").at(0).at("digest"));
    const auto manifest = document(image, "blobs/sha256/" + digest.substr(7));
    CHECK(text(manifest.at("annotations").at("org.opencontainers.image.title")) == "x");
    CHECK(text(manifest.at("layers").at(0).at("mediaType")).ends_with("+gzip"));
    CHECK(text(manifest.at("layers").at(1).at("mediaType")).ends_with("+zstd"));

    const auto plain = bake_quietly({.apps = {workshop.path("app")},
                                     .outputs = {workshop.path("plain.tar")},
                                     .compress = "none",
                                     .volumes = {"/data/x", "/tmp"},
                                     .workdir = "/work",
                                     .add = {workshop.path("conf") + ":/etc/app.conf"}});
    REQUIRE(plain);
    CHECK(problems_of(workshop / "plain.tar") == "");
    const Unpacked unpacked = unpack(workshop / "plain.tar");
    CHECK(unpacked.entries.at("data").uid == 0);
    CHECK(unpacked.entries.at("data/x").uid == 65534);
    CHECK(unpacked.entries.at("work").uid == 0);
    CHECK(unpacked.entries.at("tmp").mode == 01777);
    CHECK(unpacked.contents.at("etc/app.conf") == "a=1\n");
}

TEST_CASE("roots that only this machine has are named")
{
    const auto host = bake_quietly({.apps = {"/nonexistent"}, .ca = "host"});
    REQUIRE_FALSE(host);  // no data folder is needed to see that it is looked for first
    if (!std::filesystem::exists("/etc/ssl/certs/ca-certificates.crt")) {
        MESSAGE("skipped: this machine has no /etc/ssl/certs/ca-certificates.crt");
        return;
    }
    const Workshop workshop;
    const std::string authority = read_text(OUTIS_TEST_DATA "/authority.pem");
    std::filesystem::remove(workshop / "data/ca.pem");
    write_text(workshop / "data/ca.pem", authority);
    const Baked made = baked(
        {.apps = {workshop.program("app")}, .outputs = {workshop.path("x.tar")}, .ca = "host"});
    REQUIRE_FALSE(made.notes.empty());
    CHECK(made.notes.front().find("which the pinned certificates lack") != std::string::npos);
    for (const std::string& note : made.notes)
        CHECK(note.find("Outis test authority") == std::string::npos);
}
