#include "programs/ld_cache.h"

#include <algorithm>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "fixture.h"
#include "host/input.h"

namespace closure_ld_cache_test {

using namespace outis;
using namespace outis::images;
using namespace outis::images::host;
using namespace outis::images::programs;
using namespace outis::images::testing;

namespace {

const std::vector<CacheEntry> kLibraries{
    {.name = "liba.so.2", .path = "/lib/liba.so.2"},
    {.name = "liba.so.10", .path = "/lib/liba.so.10"},
    {.name = "libc.so.6", .path = "/lib/libc.so.6"},
    {.name = "libstdc++.so.6", .path = "/usr/lib/libstdc++.so.6"},
};

std::string with_le32(std::string bytes, std::size_t at, std::uint32_t value)
{
    for (std::size_t i = 0; i < 4; ++i)
        bytes[at + i] = static_cast<char>(value >> (8 * i));
    return bytes;
}

std::string refusal(const std::string& bytes)
{
    const auto entries = read_ld_cache(as_bytes(bytes), policy::Arch::x86_64, "ld.so.cache");
    return entries ? "" : entries.error().text;
}

}  // namespace

TEST_CASE("a cache that we wrote is read back in the loader's order")
{
    for (const policy::Arch arch : {policy::Arch::x86_64, policy::Arch::aarch64}) {
        const std::string bytes = ld_cache_bytes(kLibraries, arch);
        const auto entries = read_ld_cache(as_bytes(bytes), arch, "cache");
        REQUIRE(entries);
        std::vector<CacheEntry> expected = kLibraries;
        std::ranges::reverse(expected);
        CHECK((entries.value() == expected));
        const auto other =
            arch == policy::Arch::x86_64 ? policy::Arch::aarch64 : policy::Arch::x86_64;
        const auto foreign = read_ld_cache(as_bytes(bytes), other, "cache");
        REQUIRE(foreign);
        CHECK(foreign.value().empty());
    }
}

TEST_CASE("library names are ordered by their numbers")
{
    struct Case {
        const char* left;
        const char* right;
        int order;
    };

    const Case cases[] = {
        {"a", "a", 0},
        {"a", "b", -1},
        {"liba.so.9", "liba.so.10", -1},
        {"liba.so.1", "liba", 1},
        {"lib1", "liba", 1},
        {"libx.so.01", "libx.so.1", 0},
        {"a1b2", "a1b10", -1},
        {"a99999999999999999999", "a99999999999999999998", 1},
    };
    for (const Case& c : cases) {
        CAPTURE(c.left);
        CAPTURE(c.right);
        CHECK(compare_library_names(c.left, c.right) == c.order);
        CHECK(compare_library_names(c.right, c.left) == -c.order);
    }
}

TEST_CASE("ldconfig reads our cache, and we read its cache")
{
    const WorkFolder work_folder;
    write_text(work_folder / "cache", ld_cache_bytes(kLibraries, policy::Arch::x86_64));
    const std::string listing = output_of({"ldconfig", "-p", "-C", work_folder.path("cache")});
    CHECK(listing == "4 libs found in cache `" + work_folder.path("cache") +
                         "'\n"
                         "\tlibstdc++.so.6 (libc6,x86-64) => /usr/lib/libstdc++.so.6\n"
                         "\tlibc.so.6 (libc6,x86-64) => /lib/libc.so.6\n"
                         "\tliba.so.10 (libc6,x86-64) => /lib/liba.so.10\n"
                         "\tliba.so.2 (libc6,x86-64) => /lib/liba.so.2\n");

    output_of({"ldconfig", "-X", "-C", work_folder.path("host")});
    const std::string host = read_text(work_folder / "host");
    const auto entries = read_ld_cache(as_bytes(host), policy::Arch::x86_64, "host");
    REQUIRE(entries);
    const auto known = [](const CacheEntry& entry) { return entry.name == "libc.so.6"; };
    CHECK(std::ranges::count_if(entries.value(), known) == 1);
    // In the same order: what it wrote we would write.
    const std::string ours = ld_cache_bytes(entries.value(), policy::Arch::x86_64);
    const auto again = read_ld_cache(as_bytes(ours), policy::Arch::x86_64, "ours");
    REQUIRE(again);
    CHECK((again.value() == entries.value()));
}

TEST_CASE("an older table before the cache is skipped")
{
    const std::string bytes = ld_cache_bytes(kLibraries, policy::Arch::x86_64);
    std::string old = "ld.so-1.7.0";
    old.resize(16 + 12, '\0');
    old = with_le32(old, 12, 1);
    old.resize(32, '\0');
    const std::string both = old + bytes;
    const auto entries = read_ld_cache(as_bytes(both), policy::Arch::x86_64, "cache");
    REQUIRE(entries);
    CHECK(entries.value().size() == kLibraries.size());
    CHECK(refusal(with_le32(both, 12, 0x7FFFFFFF)).find("no cache") != std::string::npos);
}

TEST_CASE("entries for particular hardware are left out")
{
    std::string bytes = ld_cache_bytes(kLibraries, policy::Arch::x86_64);
    bytes[48 + 23] = 0x40;  // the bit of glibc-hwcaps in the first entry
    const auto entries = read_ld_cache(as_bytes(bytes), policy::Arch::x86_64, "cache");
    REQUIRE(entries);
    CHECK(entries.value().size() == kLibraries.size() - 1);
}

TEST_CASE("rows that share their texts are counted one by one")
{
    const std::string bytes = ld_cache_bytes(
        std::vector<CacheEntry>(4100, {.name = "x", .path = "/" + std::string(4093, 'x')}),
        policy::Arch::x86_64);
    std::string shared =
        bytes.substr(0, 48 + 4100 * 24) + "x" + '\0' + "/" + std::string(4093, 'x') + '\0';
    const auto strings = static_cast<std::uint32_t>(48 + 4100 * 24);
    for (std::size_t row = 0; row < 4100; ++row) {
        shared = with_le32(std::move(shared), 48 + row * 24 + 4, strings);
        shared = with_le32(std::move(shared), 48 + row * 24 + 8, strings + 2);
    }
    CHECK(refusal(shared).find("more than 16 MiB") != std::string::npos);
    CHECK(refusal(with_le32(shared, 20, 4090)).empty());
}

TEST_CASE("a damaged cache is refused, never read past its end")
{
    const std::string bytes = ld_cache_bytes(kLibraries, policy::Arch::x86_64);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        CAPTURE(size);
        const std::string cut(bytes.begin(), bytes.begin() + static_cast<long>(size));
        CHECK(refusal(cut).find("is malformed") != std::string::npos);
    }
    CHECK(refusal(with_le32(bytes, 20, 0xFFFFFFFF)).find("shorter than its table") !=
          std::string::npos);
    CHECK(refusal(with_le32(bytes, 48 + 4, 0xFFFFFFFF)).find("points outside") !=
          std::string::npos);
    CHECK(refusal(with_le32(bytes, 48 + 8, 0x7FFFFFFF)).find("points outside") !=
          std::string::npos);
}

}  // namespace closure_ld_cache_test
