// What `docker save` writes, with a list of layers that is not one.
#include <string>

#include <doctest/doctest.h>

#include "fixture.h"
#include "made_image.h"
#include "origin/source.h"

using namespace outis;
using namespace outis::images;
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

TEST_CASE("an archive's layers are all there, or it is refused")
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
        const Workshop workshop;
        const auto store = BlobStore::open_at(workshop / "store");
        REQUIRE(store);
        MadeImage image = made;
        image.members.erase("oci-layout");
        image.members.erase("index.json");
        image.members["manifest.json"] = start + c.layers + "}]";
        write_text(workshop / "x.tar", image.archive());
        const auto held = held_image(workshop / "x.tar", "", store.value());
        if (held) {
            CHECK(*c.message == '\0');
            continue;
        }
        CAPTURE(held.error().text);
        CHECK(*c.message != '\0');
        CHECK(held.error().text.find(c.message) != std::string::npos);
    }
}
