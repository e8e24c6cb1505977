// Certificates that the machine keeps for a registry.
#include <filesystem>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "fixture.h"
#include "registry/site_files.h"

namespace site_files_test {

using namespace outis;
using namespace outis::images;
using namespace outis::images::registry;
using namespace outis::images::testing;

TEST_CASE("certificates of a registry are those in the folders of its name and port")
{
    const WorkFolder work_folder;
    const auto put = [&](const std::string& name) {
        const std::filesystem::path path = work_folder / name;
        std::filesystem::create_directories(path.parent_path());
        write_text(path, "x");
        return path.string();
    };
    const std::vector<std::filesystem::path> folders{work_folder / "a", work_folder / "absent",
                                                     work_folder / "b"};
    const std::string first = put("a/h:5000/ca.crt");
    const std::string second = put("b/h:5000/z.crt");
    const std::string certificate = put("b/h:5000/client.cert");
    const std::string key = put("b/h:5000/client.key");
    put("b/h:5000/other.cert");
    put("b/h:5000/other.key");
    put("b/h:5000/readme.txt");
    put("b/h/ca.crt");
    put("b/lonely/client.cert");
    put("b/keyed/client.key");

    const auto found = find_site_files(folders, "h:5000");
    REQUIRE(found);
    CHECK(found.value().authorities == std::vector{first, second});
    CHECK(found.value().certificate == certificate);
    CHECK(found.value().key == key);
    for (const char* none : {"h:5001", "", "..", ".", "h:5000/.."}) {
        CAPTURE(none);
        const auto nothing = find_site_files(folders, none);
        REQUIRE(nothing);
        CHECK(nothing.value().empty());
    }
    for (const char* half : {"lonely", "keyed"}) {
        CAPTURE(half);
        const auto refused = find_site_files(folders, half);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().blame == Blame::input);
    }
}

}  // namespace site_files_test
