#include "host/root.h"

#include <filesystem>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <unistd.h>

#include "as_nobody.h"
#include "fixture.h"
#include "support/skip.h"

namespace root_test {

using namespace outis;
using namespace outis::images;
using namespace outis::images::host;
using namespace outis::images::testing;

namespace fs = std::filesystem;

namespace {

void make_tree(const WorkFolder& work_folder)
{
    write_text(work_folder / "outside", "secret");
    write_text(work_folder / "root/usr/lib/libx.so.1.2", "x");
    fs::create_directory_symlink("usr/lib", work_folder / "root/lib");
    fs::create_symlink("libx.so.1.2", work_folder / "root/usr/lib/libx.so.1");
    fs::create_symlink("/lib/libx.so.1", work_folder / "root/usr/lib/absolute");
    fs::create_symlink("../../../../../../outside", work_folder / "root/usr/lib/climbs");
    fs::create_symlink(work_folder / "outside", work_folder / "root/usr/lib/leaves");
    fs::create_symlink("two", work_folder / "root/one");
    fs::create_symlink("one", work_folder / "root/two");
}

}  // namespace

TEST_CASE("paths are resolved in a root as after chroot(2)")
{
    const WorkFolder work_folder;
    make_tree(work_folder);
    const auto root = Root::open(work_folder.path("root"));
    REQUIRE(root);

    struct Case {
        const char* path;
        const char* found;
        std::vector<FollowedLink> links = {};
    };

    const FollowedLink merged{.path = "/lib", .target = "usr/lib"};
    const FollowedLink name{.path = "/usr/lib/libx.so.1", .target = "libx.so.1.2"};
    const Case cases[] = {
        {"/", "/"},
        {"/usr/lib/libx.so.1.2", "/usr/lib/libx.so.1.2"},
        {"//usr/./lib//libx.so.1.2", "/usr/lib/libx.so.1.2"},
        {"/../../usr/lib", "/usr/lib"},
        {"/lib/libx.so.1", "/usr/lib/libx.so.1.2", {merged, name}},
        {"/usr/lib/absolute",
         "/usr/lib/libx.so.1.2",
         {{.path = "/usr/lib/absolute", .target = "/lib/libx.so.1"}, merged, name}},
        {"/usr/lib/../../lib/libx.so.1.2", "/usr/lib/libx.so.1.2", {merged}},
    };
    for (const Case& c : cases) {
        CAPTURE(c.path);
        const auto found = root.value().find(c.path);
        REQUIRE_MESSAGE(found, (found ? "" : found.error().text));
        CHECK(found.value().path == c.found);
        CHECK((found.value().links == c.links));
    }
    const auto climbed = root.value().find("/usr/lib/../../lib/libx.so.1");
    REQUIRE(climbed);
    CHECK((climbed.value().left == std::vector<std::string>{"/usr/lib", "/usr"}));
}

TEST_CASE("a missing file is named, and nothing outside the root is found")
{
    const WorkFolder work_folder;
    make_tree(work_folder);
    const auto root = Root::open(work_folder.path("root"));
    REQUIRE(root);
    const std::string outside = work_folder.path("outside");

    struct Case {
        std::string path;
        std::string message;
    };

    const Case cases[] = {
        {"/none", "there is no '/none' in the root '"},
        {"/lib/none", "there is no '/lib/none' in the root '"},
        {"/usr/lib/libx.so.1.2/x", "there is no '"},
        {"/usr/lib/libx.so.1.2/..", "there is no '"},
        {"/usr/lib/climbs", "to '/outside', which is not in the root '"},
        {"/usr/lib/leaves", "leads by the link '/usr/lib/leaves' to '/"},
        {outside, "there is no '"},
        {"/one", "goes round in circles"},
        {"/one/x", "goes round in circles"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.path);
        const auto found = root.value().find(c.path);
        REQUIRE_FALSE(found);
        CAPTURE(found.error().text);
        CHECK(found.error().text.find(c.message) != std::string::npos);
    }
    const auto nothing = root.value().look("/none");
    REQUIRE(nothing);
    CHECK_FALSE(nothing.value());
    CHECK_FALSE(root.value().look("/one"));
    CHECK(root.value().from_host(outside).empty());
    CHECK(root.value().from_host(work_folder / "root/lib/libx.so.1") == "/usr/lib/libx.so.1.2");
}

TEST_CASE("a file that may not be read is not treated as absent")
{
    if (::geteuid() != 0) {
        tests::skip("closed folders", "only root can look as somebody else");
        return;
    }
    const WorkFolder work_folder;
    fs::permissions(work_folder / "", fs::perms(0755));
    write_text(work_folder / "root/closed/file", "x");
    fs::permissions(work_folder / "root/closed", fs::perms(0700));
    const auto root = Root::open(work_folder.path("root"));
    REQUIRE(root);
    const AsNobody nobody;
    const auto file = root.value().look("/closed/file");
    REQUIRE_FALSE(file);
    CHECK(file.error().text.starts_with("cannot look at '/closed/file' in the root '"));
    CHECK_FALSE(root.value().names("/closed"));
    CHECK(root.value().names("/none"));
}

}  // namespace root_test
