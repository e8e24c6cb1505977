#include "layers/store.h"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fixture.h"
#include "host/input.h"
#include "layers/gzip.h"
#include "layers/layer.h"
#include "made_image.h"
#include "places/opened.h"

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

TEST_CASE("a record that names another sound blob is not believed")
{
    const WorkFolder work_folder;
    auto opened = BlobStore::open_at(work_folder / "store");
    REQUIRE(opened);
    const BlobStore store = opened.take();
    Tree other = small_tree();
    other.emplace("set-id", file_entry(std::string("evil"), 04755));
    const auto first = pack_layer(small_tree(), "test", {}, store);
    const auto evil = pack_layer(other, "test", {}, store);
    REQUIRE(first);
    REQUIRE(evil);
    const std::string forged = evil.value().blob.digest.substr(sizeof "sha256:" - 1) + " " +
                               std::to_string(evil.value().blob.size) + "\n";
    for (const auto& record : std::filesystem::directory_iterator(work_folder / "store/layers")) {
        if (record.path().filename().string().find("-files") == std::string::npos)
            write_text(record.path(), forged);
    }
    const auto again = pack_layer(small_tree(), "test", {}, store);
    REQUIRE(again);
    CHECK(again.value().blob.digest == first.value().blob.digest);
}

TEST_CASE("the cache is for its owner alone")
{
    struct Case {
        const char* name;
        void (*harm)(const std::filesystem::path& cache);
        bool good;
    };

    const auto mode = [](const std::filesystem::path& path) {
        return static_cast<unsigned>(std::filesystem::status(path).permissions());
    };
    const Case cases[] = {
        {"as it is made", [](const std::filesystem::path&) {}, true},
        {"others may read", [](const auto& cache) { ::chmod(cache.c_str(), 0755); }, true},
        {"others may write", [](const auto& cache) { ::chmod(cache.c_str(), 0777); }, false},
        {"a group may write", [](const auto& cache) { ::chmod(cache.c_str(), 0770); }, false},
        {"others may write a folder in it",
         [](const auto& cache) { ::chmod((cache / "layers").c_str(), 0777); }, false},
        {"somebody else's",
         [](const auto& cache) { CHECK(::chown(cache.c_str(), 65534, 65534) == 0); }, false},
    };
    const mode_t before = ::umask(0);
    for (const Case& c : cases) {
        CAPTURE(c.name);
        if (std::string(c.name) == "somebody else's" && ::geteuid() != 0)
            continue;
        const WorkFolder work_folder;
        ::setenv("XDG_CACHE_HOME", work_folder.path("cache").c_str(), 1);
        REQUIRE(BlobStore::open());
        const std::filesystem::path cache = work_folder / "cache/outis";
        for (const char* folder : {"", "blobs", "blobs/sha256", "layers"})
            CHECK(mode(cache / folder) == 0700);
        c.harm(cache);
        const auto store = BlobStore::open();
        CHECK(static_cast<bool>(store) == c.good);
        if (store)
            CHECK(mode(cache) == 0700);
        else
            CHECK(store.error().text.find(cache.string()) != std::string::npos);
    }
    ::umask(before);
}

TEST_CASE("what waits under a name in a shared folder is not written to")
{
    const WorkFolder work_folder;
    const std::string tmp = work_folder.path("tmp");
    output_of({"mkdir", "-p", tmp, work_folder.path("cache/outis/blobs/sha256")});
    output_of({"chmod", "-R", "go-rwx", work_folder.path("cache/outis")});
    output_of(
        {"mkfifo", tmp + "/outis-image.tar", work_folder.path("cache/outis/blobs/sha256/new")});
    const char* const before = ::getenv("TMPDIR");
    const std::string old = before != nullptr ? before : "";
    ::setenv("TMPDIR", tmp.c_str(), 1);
    ::setenv("XDG_CACHE_HOME", work_folder.path("cache").c_str(), 1);
    const std::string tar = make_image({}).archive();
    write_text(work_folder / "x.tar.gz", gzip_member(as_bytes(tar), 1));
    // A pipe that nobody reads would stop these.
    const auto image = places::OpenedImage::open(work_folder / "x.tar.gz");
    CHECK(image);
    const auto store = BlobStore::open();
    REQUIRE(store);
    CHECK(pack_layer(small_tree(), "test", {}, store.value()));
    std::size_t names = 0;
    for (const auto& entry : std::filesystem::directory_iterator(tmp))
        names += entry.path().filename().empty() ? 0 : 1;
    CHECK(names == 1);
    if (before != nullptr)
        ::setenv("TMPDIR", old.c_str(), 1);
    else
        ::unsetenv("TMPDIR");
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
