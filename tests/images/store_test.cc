#include "layers/store.h"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "fixture.h"
#include "host/input.h"
#include "layers/layer.h"

namespace store_test {

using namespace outis;
using namespace outis::images;
using namespace outis::images::host;
using namespace outis::images::layers;
using namespace outis::images::testing;

namespace {

Tree small_tree()
{
    Tree tree;
    tree.emplace("file", file_entry(std::string(5000, 'x')));
    return tree;
}

}  // namespace

TEST_CASE("a layer packed before is found again, and only if it is intact")
{
    struct Case {
        const char* name;
        void (*harm)(const std::filesystem::path& blob);
    };

    const Case cases[] = {
        {"untouched", [](const std::filesystem::path&) {}},
        {"changed", [](const std::filesystem::path& blob) { write_text(blob, "other"); }},
        {"gone", [](const std::filesystem::path& blob) { std::filesystem::remove(blob); }},
        {"empty", [](const std::filesystem::path& blob) { write_text(blob, ""); }},
    };
    const WorkFolder work_folder;
    auto opened = BlobStore::open_at(work_folder / "store");
    REQUIRE(opened);
    const BlobStore store = opened.take();
    const auto first = pack_layer(small_tree(), "test", {}, store);
    REQUIRE(first);
    const std::filesystem::path blob = std::get<std::filesystem::path>(first.value().blob.content);
    for (const Case& c : cases) {
        CAPTURE(c.name);
        c.harm(blob);
        const auto again = pack_layer(small_tree(), "test", {}, store);
        REQUIRE(again);
        CHECK(again.value().blob.digest == first.value().blob.digest);
        CHECK(sha256(read_text(blob)).text() == first.value().blob.digest);
    }
}

TEST_CASE("records that are not ours are ignored")
{
    const WorkFolder work_folder;
    auto opened = BlobStore::open_at(work_folder / "store");
    REQUIRE(opened);
    const BlobStore store = opened.take();
    const std::string digest = sha256("x").hex;
    write_text(store.path(sha256("x")), "x");

    struct Case {
        const char* name;
        std::string record;
        bool good;
    };

    const Case cases[] = {
        {"good", digest + " 1\n", true},
        {"no line end", digest + " 1", false},
        {"no size", digest + "\n", false},
        {"climbing", "../../" + digest.substr(6) + " 1\n", false},
        {"upper case", std::string(64, 'A') + " 1\n", false},
        {"empty", "", false},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        write_text(work_folder / "store/layers/key", c.record);
        CHECK(store.find("key").has_value() == c.good);
    }
}

TEST_CASE("without a writable cache a bake uses a temporary folder")
{
    const WorkFolder work_folder;
    write_text(work_folder / "file", "in the way");
    ::setenv("XDG_CACHE_HOME", work_folder.path("file").c_str(), 1);
    std::filesystem::path where;
    {
        auto store = BlobStore::open();
        REQUIRE(store);
        where = store.value().path(sha256("x"));
        CHECK(std::filesystem::is_directory(where.parent_path()));
    }
    CHECK_FALSE(std::filesystem::exists(where.parent_path()));
}

TEST_CASE("a full store forgets the layers used longest ago, and none used this hour")
{
    struct Case {
        const char* name;
        std::uint64_t limit;
        std::vector<std::string> left;
    };

    const Case cases[] = {
        {"room for all", 40, {"a", "b", "c", "d"}},
        {"one too many", 39, {"b", "c", "d"}},
        {"one left", 10, {"c", "d"}},
        {"nothing allowed", 0, {"c", "d"}},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const WorkFolder work_folder;
        auto opened = BlobStore::open_at(work_folder / "store");
        REQUIRE(opened);
        const BlobStore store = opened.take();
        const auto now = std::filesystem::file_time_type::clock::now();
        const std::pair<std::string, std::chrono::minutes> ages[] = {
            {"a", std::chrono::hours(4)},
            {"b", std::chrono::hours(3)},
            {"c", std::chrono::minutes(50)},
            {"d", std::chrono::minutes(40)},
        };
        for (const auto& [name, age] : ages) {
            const std::string content(10, name.front());
            const Digest digest = sha256(content);
            write_text(store.path(digest), content);
            write_text(work_folder / "store/layers" / name, digest.hex + " 10\n");
            std::filesystem::last_write_time(store.path(digest), now - age);
        }
        store.prune(c.limit);
        std::vector<std::string> left;
        for (const auto& [name, age] : ages) {
            if (store.find(name))
                left.push_back(name);
            CHECK(std::filesystem::exists(work_folder / "store/layers" / name) ==
                  (!left.empty() && left.back() == name));
        }
        CHECK(left == c.left);
    }
}

TEST_CASE("a layer that is found counts as used")
{
    const WorkFolder work_folder;
    auto opened = BlobStore::open_at(work_folder / "store");
    REQUIRE(opened);
    const BlobStore store = opened.take();
    const auto packed = pack_layer(small_tree(), "test", {}, store);
    REQUIRE(packed);
    const auto& blob = std::get<std::filesystem::path>(packed.value().blob.content);
    const auto old = std::filesystem::file_time_type::clock::now() - std::chrono::hours(9);
    std::filesystem::last_write_time(blob, old);
    REQUIRE(pack_layer(small_tree(), "test", {}, store));
    CHECK(std::filesystem::last_write_time(blob) > old + std::chrono::hours(8));
}

}  // namespace store_test
