// What `docker save` writes, with a list of layers that is not one.
#include <string>

#include <doctest/doctest.h>

#include "fixture.h"
#include "host/digest.h"
#include "made_image.h"
#include "places/source.h"

namespace docker_archive_test {

using namespace outis;
using namespace outis::images;
using namespace outis::images::host;
using namespace outis::images::layers;
using namespace outis::images::places;
using namespace outis::images::testing;

namespace {

std::string repeated(const std::string& item, std::size_t count)
{
    std::string list;
    for (std::size_t i = 0; i < count; ++i)
        list += (i == 0 ? "" : ",") + item;
    return list;
}

}  // namespace

TEST_CASE("an archive's plain layers are those that its configuration names")
{
    const std::string one(1024, '\0');
    const std::string two(2048, '\0');

    struct Case {
        const char* name;
        const char* layers;
        const char* message;  // empty: good
    };

    const Case cases[] = {
        {"as they are named", R"(["1.tar","2.tar"])", ""},
        {"swapped", R"(["2.tar","1.tar"])", "layer '2.tar' is not the one"},
        {"one twice", R"(["1.tar","1.tar"])", "layer '1.tar' is not the one"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const WorkFolder work_folder;
        const auto store = BlobStore::open_at(work_folder / "store");
        REQUIRE(store);
        MadeImage image;
        image.members["1.tar"] = one;
        image.members["2.tar"] = two;
        image.members["c.json"] = R"({"rootfs":{"type":"layers","diff_ids":[")" +
                                  sha256(one).text() + R"(",")" + sha256(two).text() + R"("]}})";
        image.members["manifest.json"] =
            R"([{"Config":"c.json","RepoTags":["team/x:1"],"Layers":)" + std::string(c.layers) +
            "}]";
        write_text(work_folder / "x.tar", image.archive());
        const auto source = open_image({.path = work_folder.path("x.tar")}, {}, store.value(), {});
        REQUIRE(source);
        const auto top = source.value()->top();
        const std::string said = top ? "" : top.error().text;
        CHECK_MESSAGE(said.find(c.message) != std::string::npos, said);
        CHECK(said.empty() == (*c.message == '\0'));
        if (top)
            CHECK(source.value()->name().familiar() == "team/x:1");
    }
}

TEST_CASE("an archive without one of its layers is refused")
{
    const MadeImage made = make_image({});
    const std::string whole = made.members.at("manifest.json");
    const std::string start = whole.substr(0, whole.find("\"Layers\":["));
    const std::string list = whole.substr(whole.find("\"Layers\":[") + 10);
    const std::string layer = list.substr(0, list.find(']'));

    struct Case {
        const char* name;
        std::string layers;
        const char* message;  // empty: good
    };

    const Case cases[] = {
        {"as it was", "\"Layers\":[" + layer + "]", ""},
        {"a number", "\"Layers\":[" + layer + ",7]", "holds what is no string"},
        {"no list", "\"Layers\":" + layer, "no list of at most 1000"},
        {"too many", "\"Layers\":[" + repeated(layer, 1001) + "]", "no list of at most 1000"},
        {"one more", "\"Layers\":[" + layer + "," + layer + "]", "names 2 layers"},
        {"none", "\"Layers\":[]", "names 0 layers"},
        {"nothing", "\"Layers\":null", "names 0 layers"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const WorkFolder work_folder;
        const auto store = BlobStore::open_at(work_folder / "store");
        REQUIRE(store);
        MadeImage image = made;
        image.members.erase("oci-layout");
        image.members.erase("index.json");
        image.members["manifest.json"] = start + c.layers + "}]";
        write_text(work_folder / "x.tar", image.archive());
        const auto source = open_image({.path = work_folder.path("x.tar")}, {}, store.value(), {});
        REQUIRE(source);
        const auto top = source.value()->top();
        if (top) {
            CHECK(*c.message == '\0');
            continue;
        }
        CAPTURE(top.error().text);
        CHECK(*c.message != '\0');
        CHECK(top.error().text.find(c.message) != std::string::npos);
    }
}

}  // namespace docker_archive_test
