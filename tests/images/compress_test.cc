#include "layers/compress.h"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "fixture.h"
#include "host/input.h"
#include "layers/gzip.h"
#include "layers/zstd.h"
#include "support/skip.h"

namespace compress_test {

using namespace outis;
using namespace outis::images;
using namespace outis::images::host;
using namespace outis::images::layers;
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

std::string compress(const std::string& text, const Compression& how, unsigned threads,
                     std::size_t piece)
{
    std::string packed;
    CompressedStream stream(how, threads, [&](Bytes bytes) -> Result<Done, Error> {
        packed += as_text(bytes);
        return Done{};
    });
    for (std::size_t at = 0; at < text.size(); at += piece)
        REQUIRE(stream.write(as_bytes(text).subspan(at, std::min(piece, text.size() - at))));
    REQUIRE(stream.finish());
    return packed;
}

Result<std::string, Error> unpack(const std::string& packed, Encoding encoding, std::size_t limit)
{
    std::string text;
    const auto read =
        decompress(as_bytes(packed), encoding, limit, [&](Bytes bytes) -> Result<Done, Error> {
            text += as_text(bytes);
            return Done{};
        });
    if (!read)
        return Failure{read.error()};
    return text;
}

struct Case {
    const char* name;
    Compression how;
    std::vector<std::string> reader;  // unpacks standard input
};

const Case kCases[] = {
    {"gzip", {}, {"gzip", "-dc"}},
    {"gzip, fastest", {.level = 1}, {"gzip", "-dc"}},
    {"zstd", {.encoding = Encoding::zstd, .level = 3}, {"zstd", "-dc"}},
    {"none", {.encoding = Encoding::none, .level = 0}, {"cat"}},
};

}  // namespace

TEST_CASE("compression: the bytes do not depend on threads or on pieces")
{
    for (const Case& c : kCases) {
        CAPTURE(c.name);
        for (const std::size_t size :
             {std::size_t{1}, kGzipPart - 1, kGzipPart, kGzipPart + 1, kZstdPart + 17}) {
            CAPTURE(size);
            const std::string text = noise(size);
            const std::string packed = compress(text, c.how, 1, size);
            CHECK((packed == compress(text, c.how, 4, 100'001)));
            const auto unpacked = unpack(packed, c.how.encoding, size);
            REQUIRE(unpacked);
            CHECK((unpacked.value() == text));
        }
    }
}

TEST_CASE("compression: other programs read the result as one file")
{
    for (const Case& c : kCases) {
        CAPTURE(c.name);
        if (std::system(("command -v " + c.reader.front() + " >/dev/null").c_str()) != 0) {
            tests::skip(c.name, "there is no " + c.reader.front());
            continue;
        }
        const WorkFolder work_folder;
        const std::string text = noise(kZstdPart + 5);
        write_text(work_folder / "packed", compress(text, c.how, 2, text.size()));
        std::vector<std::string> command{"sh", "-c", "\"$@\" < packed > plain", "sh"};
        command.insert(command.end(), c.reader.begin(), c.reader.end());
        output_of(command, work_folder / ".");
        CHECK((read_text(work_folder / "plain") == text));
    }
}

TEST_CASE("gzip: the header holds no time, no name and no system")
{
    const std::string member = gzip_member(as_bytes("text"), 5);
    CHECK(member.substr(0, 8) == std::string("\x1F\x8B\x08\0\0\0\0\0", 8));
    CHECK(member[9] == '\xFF');
}

TEST_CASE("compression: damage and bombs are refused")
{
    const std::string text(100'000, 'a');
    for (const Encoding encoding : {Encoding::none, Encoding::gzip, Encoding::zstd}) {
        const std::string packed = compress_part(as_bytes(text), {encoding, 3});
        CHECK(unpack(packed, encoding, 100'000));
        CHECK_FALSE(unpack(packed, encoding, 99'999));
    }
    for (const Encoding encoding : {Encoding::gzip, Encoding::zstd}) {
        const std::string packed = compress_part(as_bytes(text), {encoding, 3});
        // Two parts make one content; what follows a part must be a part.
        CHECK(unpack(packed + packed, encoding, 200'000));
        CHECK_FALSE(unpack(packed + packed, encoding, 199'999));
        CHECK_FALSE(unpack(packed + "x", encoding, 1 << 20));
        CHECK(unpack(packed, encoding, 1 << 20));
        CHECK_FALSE(unpack(packed.substr(0, packed.size() - 1), encoding, 1 << 20));
        std::string changed = packed;
        changed[changed.size() - (encoding == Encoding::gzip ? 6 : 1)] ^= 1;  // of the checksum
        CHECK_FALSE(unpack(changed, encoding, 1 << 20));
    }
}

TEST_CASE("compression: an option is parsed, or refused with a reason")
{
    const std::string gzip = gzip_encoder();
    const std::string zstd = zstd_encoder();
    // The encoder is empty where the word is refused.
    const std::pair<const char*, std::string> words[] = {
        {"gzip", gzip + "-5"},
        {"gzip:12", gzip + "-12"},
        {"zstd", zstd + "-3"},
        {"zstd:19", zstd + "-19"},
        {"none", "none"},
        {"gzip:13", ""},
        {"gzip:0", ""},
        {"zstd:20", ""},
        {"none:1", ""},
        {"gzip:", ""},
        {"xz", ""},
        {"", ""},
    };
    for (const auto& word : words) {
        CAPTURE(word.first);
        const auto compression = parse_compression(word.first);
        CHECK((compression ? encoder_name(compression.value()) : "") == word.second);
    }
}

}  // namespace compress_test
