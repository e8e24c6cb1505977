#include "pack/gzip.h"

#include <cstdint>
#include <string>

#include <doctest/doctest.h>

#include "files/input.h"
#include "fixture.h"

using namespace outis;
using namespace outis::images;
using namespace outis::images::testing;

namespace {

std::string noise(std::size_t size)
{
    std::string text(size, '\0');
    std::uint32_t state = 1;
    for (char& c : text) {
        state = state * 1664525 + 1013904223;
        c = static_cast<char>(state >> 28);  // 4 bits, so that there is something to compress
    }
    return text;
}

std::string compress(const std::string& text, unsigned threads, std::size_t piece)
{
    std::string packed;
    GzipStream gzip(kGzipLevel, threads, [&](Bytes bytes) -> Result<Done, Error> {
        packed += as_text(bytes);
        return Done{};
    });
    for (std::size_t at = 0; at < text.size(); at += piece)
        REQUIRE(gzip.write(as_bytes(text).subspan(at, std::min(piece, text.size() - at))));
    REQUIRE(gzip.finish());
    return packed;
}

Result<std::string, Error> unpack(const std::string& packed, std::size_t limit)
{
    std::string text;
    const auto read = gunzip(as_bytes(packed), limit, [&](Bytes bytes) -> Result<Done, Error> {
        text += as_text(bytes);
        return Done{};
    });
    if (!read)
        return Failure{read.error()};
    return text;
}

}  // namespace

TEST_CASE("gzip: the same bytes by any number of threads and in any pieces")
{
    for (const std::size_t size :
         {std::size_t{1}, kGzipChunk - 1, kGzipChunk, kGzipChunk + 1, 3 * kGzipChunk + 17}) {
        CAPTURE(size);
        const std::string text = noise(size);
        const std::string packed = compress(text, 1, size);
        CHECK(packed == compress(text, 4, 100'001));
        const auto unpacked = unpack(packed, kGzipChunk);
        REQUIRE(unpacked);
        CHECK(unpacked.value() == text);
    }
}

TEST_CASE("gzip: the header says no time, no name and no system")
{
    const std::string member = gzip_member(as_bytes("text"), kGzipLevel);
    CHECK(member.substr(0, 8) == std::string("\x1F\x8B\x08\0\0\0\0\0", 8));
    CHECK(member[9] == '\xFF');
}

TEST_CASE("gzip(1) reads all members as one file")
{
    const Workshop workshop;
    const std::string text = noise(2 * kGzipChunk + 5);
    write_text(workshop / "x.gz", compress(text, 2, text.size()));
    output_of({"gzip", "-dk", workshop.path("x.gz")});
    CHECK(read_text(workshop / "x") == text);
}

TEST_CASE("gzip: damage and bombs are refused")
{
    const std::string packed = gzip_member(as_bytes(std::string(100'000, 'a')), kGzipLevel);
    CHECK(unpack(packed, 100'000));
    CHECK_FALSE(unpack(packed, 99'999));
    CHECK_FALSE(unpack(packed.substr(0, packed.size() - 1), 1 << 20));
    std::string changed = packed;
    changed[changed.size() - 6] ^= 1;  // of the checksum
    CHECK_FALSE(unpack(changed, 1 << 20));
}
