#include "layers/tree.h"

#include <filesystem>
#include <string>

#include <doctest/doctest.h>

#include "fixture.h"

namespace tree_test {

using namespace outis;
using namespace outis::images;
using namespace outis::images::layers;
using namespace outis::images::testing;

TEST_CASE("paths in the image become keys, or are refused")
{
    struct Case {
        const char* name;
        std::string path;
        std::string key;  // empty: refused
        const char* message = "";
    };

    const Case cases[] = {
        {"plain", "/etc/passwd", "etc/passwd"},
        {"slashes", "//etc///x/", "etc/x"},
        {"dots", "/./a/./b/.", "a/b"},
        {"hidden", "/.config/..x", ".config/..x"},
        {"relative", "etc/passwd", "", "absolute"},
        {"empty", "", "", "absolute"},
        {"climbing", "/a/../b", "", "'..'"},
        {"root", "/", "", "root"},
        {"whiteout", "/a/.wh.b", "", "'.wh.'"},
        {"255 bytes", "/" + std::string(255, 'x'), std::string(255, 'x')},
        {"256 bytes", "/" + std::string(256, 'x'), "", "255"},
        {"NUL", std::string("/a\0b", 4), "", "NUL"},
        {"4096 bytes", "/" + std::string(4095, '/') + "x", "", "4095"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const auto key = tree_key(c.path);
        CHECK(static_cast<bool>(key) == !c.key.empty());
        if (key)
            CHECK(key.value() == c.key);
        else
            CHECK(key.error().text.find(c.message) != std::string::npos);
    }
}

TEST_CASE("parents are added once, with 0755")
{
    Tree tree;
    tree.emplace("a/b/c", file_entry(std::string("x")));
    tree.emplace("a/b", directory_entry(0700));
    REQUIRE(add_parents(tree));
    REQUIRE(tree.size() == 3);
    CHECK(tree.at("a").mode == 0755);
    CHECK(tree.at("a/b").mode == 0700);
}

TEST_CASE("a file cannot be a parent")
{
    Tree tree;
    tree.emplace("a", file_entry(std::string("x")));
    tree.emplace("a/b", file_entry(std::string("y")));
    const auto added = add_parents(tree);
    REQUIRE_FALSE(added);
    CHECK(added.error().text == "'/a/b' cannot be added: '/a' is not a directory");
}

TEST_CASE("a folder is added with its links and with uniform modes")
{
    namespace fs = std::filesystem;
    const WorkFolder work_folder;
    const fs::path folder = work_folder / "in";
    write_text(folder / "z-first-made", "one");
    write_text(folder / "sub/run", "two");
    fs::permissions(folder / "sub/run", fs::perms(0700));
    fs::permissions(folder / "z-first-made", fs::perms(0600));
    fs::create_hard_link(folder / "z-first-made", folder / "a-link");
    fs::create_symlink("nowhere", folder / "broken");
    Tree tree;
    REQUIRE(add_folder(tree, "opt/x", folder));
    CHECK(tree.size() == 5);
    CHECK(tree.at("opt/x/a-link").kind == EntryKind::file);
    CHECK(tree.at("opt/x/a-link").mode == 0644);
    CHECK(tree.at("opt/x/z-first-made").kind == EntryKind::hardlink);
    CHECK(tree.at("opt/x/z-first-made").target == "opt/x/a-link");
    CHECK(tree.at("opt/x/sub/run").mode == 0755);
    CHECK(tree.at("opt/x/sub").kind == EntryKind::directory);
    CHECK(tree.at("opt/x/broken").target == "nowhere");
}

TEST_CASE("entries follow the links of the layers below them")
{
    Tree below;
    below.emplace("lib", symlink_entry("usr/lib"));
    below.emplace("usr/lib", directory_entry());
    below.emplace("usr/lib/deep", symlink_entry("../../lib/real"));
    below.emplace("usr/lib/real", directory_entry());
    below.emplace("etc/x", symlink_entry("/lib/x"));
    below.emplace("loop", symlink_entry("loop"));

    struct Case {
        const char* key;
        Entry entry;
        const char* place;
    };

    const Case cases[] = {
        {"lib/a", file_entry(std::string("x")), "usr/lib/a"},
        {"lib/deep/a", file_entry(std::string("x")), "usr/lib/real/a"},
        {"lib", directory_entry(), "usr/lib"},
        {"lib/a", hardlink_entry("lib/deep/b"), "usr/lib/a"},
        {"etc/x", file_entry(std::string("x")), "etc/x"},  // a file in the place of a link
        {"other/a", file_entry(std::string("x")), "other/a"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.key);
        Tree tree;
        tree.emplace(c.key, c.entry);
        const auto moved = behind_links(tree, below);
        REQUIRE(moved);
        CHECK(moved.value().size() == 1);
        REQUIRE(moved.value().contains(c.place));
        if (c.entry.kind == EntryKind::hardlink)
            CHECK(moved.value().at(c.place).target == "usr/lib/real/b");
    }

    Tree circle;
    circle.emplace("loop/a", file_entry(std::string("x")));
    CHECK_FALSE(behind_links(circle, below));
    Tree twice;
    twice.emplace("lib/a", file_entry(std::string("x")));
    twice.emplace("usr/lib/a", file_entry(std::string("y")));
    const auto refused = behind_links(twice, below);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().text == "two files would be '/usr/lib/a' in the image");
}

}  // namespace tree_test
