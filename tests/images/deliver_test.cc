#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <boost/json/object.hpp>

#include "fixture.h"
#include "oci/json.h"
#include "outis/images/transfer.h"
#include "places/place.h"
#include "places/referrers.h"
#include "unpacked.h"

namespace deliver_test {

using namespace outis;
using namespace outis::images;
using namespace outis::images::oci;
using namespace outis::images::places;
using namespace outis::images::bake;
using namespace outis::images::testing;
namespace fs = std::filesystem;
namespace json = boost::json;

TEST_CASE("a destination is parsed, or refused with a reason")
{
    struct Case {
        const char* text;
        bool good;
        Transport transport = Transport::universal;
        const char* path = "";
        const char* tag = "";
    };

    const Case cases[] = {
        {"x.tar", true, Transport::universal, "x.tar"},
        {"./a:b", true, Transport::universal, "./a:b"},
        {"/x:y/z.tar", true, Transport::universal, "/x:y/z.tar"},
        {"-", true, Transport::universal, "-"},
        {"oci:dir", true, Transport::oci, "dir"},
        {"oci:a/dir:tag", true, Transport::oci, "a/dir", "tag"},
        {"oci:dir:team/py:2", true, Transport::oci, "dir", "team/py:2"},
        {"oci:dir:localhost:5000/py", true, Transport::oci, "dir", "localhost:5000/py"},
        {"oci:a@b:1", true, Transport::oci, "a@b", "1"},
        {"oci-archive:x.tar", true, Transport::oci_archive, "x.tar"},
        {"oci-archive:x.tar:2", true, Transport::oci_archive, "x.tar", "2"},
        {"oci-archive:x.tar:py:1", true, Transport::oci_archive, "x.tar", "py:1"},
        {"docker-archive:x.tar:py:1", true, Transport::docker_archive, "x.tar", "py:1"},
        {"docker-archive:x.tar:py", true, Transport::docker_archive, "x.tar", "py:latest"},
        {"docker-archive:x.tar", true, Transport::docker_archive, "x.tar"},
        {"oci:", false},
        {"oci::tag", false},
        {"oci:dir:-", false},
        {"oci:dir:", false},
        {"oci:dir:A/B", false},
        {"oci:dir:a:b:c", false},
        {"oci:x@sha256:0000000000000000000000000000000000000000000000000000000000000000", false},
        {"oci-archive:x@sha256:0000000000000000000000000000000000000000000000000000000000000000",
         false},
        {"docker-archive:x.tar:", false},
        {"docker-archive:x.tar:A", false},
        {"oci-archive:", false},
        {"docker-daemom:x", false},
        {"nginx:1", false},
        {"", false},
    };
    for (const Case& c : cases) {
        CAPTURE(c.text);
        const auto place = parse_target(c.text);
        CHECK(static_cast<bool>(place) == c.good);
        if (!place)
            continue;
        CHECK(place.value().transport == c.transport);
        CHECK(place.value().path == c.path);
        CHECK(place.value().tag == c.tag);
    }
}

TEST_CASE("one bake has the same digest in every kind of destination")
{
    const WorkFolder work_folder;
    const Baked made =
        baked({.apps = {work_folder.program("app")},
               .tags = {"team/app:1"},
               .outputs = {work_folder.path("u.tar"), "oci-archive:" + work_folder.path("o.tar"),
                           "docker-archive:" + work_folder.path("d.tar"),
                           "oci:" + work_folder.path("layout")}});
    for (const char* name : {"u.tar", "o.tar", "d.tar", "layout"}) {
        CAPTURE(name);
        CHECK(problems_of(work_folder / name) == "");
    }
    for (const char* name : {"oci-archive:u.tar", "oci-archive:o.tar", "oci:layout:1"}) {
        CAPTURE(name);
        const auto inspected =
            parse_json(output_of({"skopeo", "inspect", name}, work_folder / "."), "skopeo");
        REQUIRE(inspected);
        CHECK(text(inspected.value().at("Digest")) == made.digest);
    }
    output_of({"skopeo", "inspect", "docker-archive:d.tar"}, work_folder / ".");
    CHECK_FALSE(opened(work_folder / "d.tar").find("index.json"));
    CHECK_FALSE(opened(work_folder / "o.tar").find("manifest.json"));
}

TEST_CASE("a name behind a folder or an archive is read as it was written, by skopeo too")
{
    const WorkFolder work;
    const std::string app = work.program("app");
    fs::create_directory(work / "layout");
    const Baked made = baked({.apps = {app},
                              .tags = {"other:9"},
                              .outputs = {"oci:" + work.path("layout") + ":team/web:3",
                                          "oci-archive:" + work.path("o.tar") + ":team/web:3",
                                          "oci-archive:" + work.path("t.tar") + ":3",
                                          "docker-archive:" + work.path("d.tar") + ":team/web:3"}});
    CHECK(work.listing() == std::vector<std::string>{"app", "cache", "d.provenance.json",
                                                     "d.spdx.json", "d.tar", "data", "layout",
                                                     "o.provenance.json", "o.spdx.json", "o.tar",
                                                     "t.provenance.json", "t.spdx.json", "t.tar"});
    const std::string to = "oci:" + work.path("copy") + ":x.example/y:1";
    for (const char* place : {"oci:layout:team/web:3", "oci-archive:o.tar:team/web:3",
                              "oci-archive:t.tar:3", "docker-archive:d.tar:team/web:3"}) {
        CAPTURE(place);
        output_of({"skopeo", "inspect", place}, work / ".");
        std::string there = place;
        there.insert(there.find(':') + 1, work.path(""));
        const auto copied = transfer({.from = there, .to = to}, {});
        CHECK_MESSAGE(copied, (copied ? "" : copied.error().text));
    }
    for (const char* place : {"layout", "o.tar", "t.tar", "d.tar"}) {
        CAPTURE(place);
        CHECK(problems_of(work / place) == "");
    }
    const json::value saved = document(opened(work / "d.tar"), "manifest.json");
    CHECK(saved.at(0).at("RepoTags") == json::array{"team/web:3"});
    output_of({"skopeo", "inspect", "oci:copy:x.example/y:1"}, work / ".");
}

TEST_CASE("a layout keeps its other images, and one image for a tag")
{
    const WorkFolder work_folder;
    const std::string layout = "oci:" + work_folder.path("layout");
    const std::string one = work_folder.program("one");
    const std::string two = work_folder.program("two", {.entry = 0x400100});
    baked({.apps = {one}, .outputs = {layout + ":a"}});
    baked({.apps = {one}, .outputs = {layout + ":b"}});
    const Baked last = baked({.apps = {two}, .outputs = {layout + ":a"}});
    baked({.apps = {two}, .outputs = {layout + ":a"}});
    const auto images = rows_of(opened(work_folder / "layout"), Rows::images);
    REQUIRE(images.size() == 2);
    CHECK(text(images.at(1).at("digest")) == last.digest);
    CHECK(problems_of(work_folder / "layout") == "");

    write_text(work_folder / "layout/index.json", "[]");
    const auto refused = bake_quietly({.apps = {one}, .outputs = {layout + ":a"}});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().text.find("is not the index of an OCI layout") != std::string::npos);
}

TEST_CASE("a docker archive holds one platform")
{
    const WorkFolder work_folder;
    const auto refused = bake_quietly(
        {.apps = {work_folder.program("a"), work_folder.program("b", {.machine = 183})},
         .outputs = {"docker-archive:" + work_folder.path("x.tar")}});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().text.find("holds one platform") != std::string::npos);
    CHECK_FALSE(fs::exists(work_folder / "x.tar"));
}

TEST_CASE("an index holds an image for each platform")
{
    const WorkFolder work_folder;
    const Baked made =
        baked({.apps = {work_folder.program("a"), work_folder.program("b", {.machine = 183})},
               .outputs = {"oci:" + work_folder.path("layout") + ":x"}});
    for (const char* arch : {"amd64", "arm64"}) {
        CAPTURE(arch);
        const auto inspected =
            parse_json(output_of({"skopeo", "--override-arch", arch, "inspect", "oci:layout:x"},
                                 work_folder / "."),
                       "skopeo");
        REQUIRE(inspected);
        CHECK(text(inspected.value().at("Architecture")) == arch);
    }
    CHECK(made.platforms.size() == 2);
}

TEST_CASE("a variant that is an architecture's default may be named")
{
    const WorkFolder work;
    const std::string app = work.program("a", {.machine = 183});
    for (const char* platform : {"linux/arm64/v8", "arm64/v8", "linux/arm64"}) {
        CAPTURE(platform);
        const Baked made =
            baked({.apps = {app}, .outputs = {work.path("x.tar")}, .platforms = {platform}});
        CHECK(made.platforms == std::vector<std::string>{"linux/arm64"});
    }
    const auto other = bake_quietly(
        {.apps = {app}, .outputs = {work.path("x.tar")}, .platforms = {"linux/arm64/v9"}});
    REQUIRE_FALSE(other);
    CHECK(other.error().text.find("'linux/arm64/v9'") != std::string::npos);
}

TEST_CASE("documents leave an index together with the image that they describe")
{
    const auto image = [](const char* digest, const char* tag) {
        return json::value{{"annotations", {{"org.opencontainers.image.ref.name", tag}}},
                           {"digest", digest}};
    };
    const auto bill = [](const char* digest) {
        return json::value{{"artifactType", "application/spdx+json"}, {"digest", digest}};
    };
    const std::map<std::string, std::string> subjects{
        {"of-old", "old"}, {"of-other", "other"}, {"of-nested", "nested"}, {"of-new", "new"}};
    const json::array rows{image("old", "1"), image("other", "2"), bill("of-old"),
                           bill("of-other"),  bill("of-nested"),   bill("unreadable")};
    const auto left = [&](const json::array& old, std::vector<Referrer> referrers) {
        std::string digests;
        const auto merged =
            merged_rows(old, image("new", "1"), referrers, [&](const std::string& digest) {
                const auto found = subjects.find(digest);
                return found == subjects.end() ? std::string() : found->second;
            });
        for (const json::value& row : merged)
            digests += text(row.at("digest")) + " ";
        return digests;
    };
    CHECK(left(rows, {}) == "other of-other of-nested unreadable new ");
    CHECK(left({image("new", "1"), bill("of-new")}, {}) == "of-new new ");
    Referrer renewed{.type = "application/spdx+json"};
    renewed.manifest.digest = "of-new-again";
    CHECK(left({image("new", "1"), bill("of-new")}, {renewed}) == "new of-new-again ");
    renewed.type = "application/vnd.in-toto+json";
    CHECK(left({image("new", "1"), bill("of-new")}, {renewed}) == "of-new new of-new-again ");
}

}  // namespace deliver_test
