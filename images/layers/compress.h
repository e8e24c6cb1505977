// How layers are compressed, and how they are read again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <future>
#include <string>
#include <string_view>
#include <vector>

#include "layers/tar.h"
#include "outis/base/bytes.h"
#include "outis/error.h"

namespace outis::images::layers {

enum class Encoding : std::uint8_t { none, gzip, zstd };

struct Compression {
    Encoding encoding = Encoding::gzip;
    int level = 5;  // gzip 1..12, zstd 1..19
};

constexpr Compression kBestGzip{.encoding = Encoding::gzip, .level = 12};

// "gzip", "gzip:9", "zstd:19", "none".
Result<Compression, Error> parse_compression(const std::string& text);

// application/vnd.oci.image.layer.v1.tar, with +gzip or +zstd.
std::string layer_media_type(Encoding encoding);

// Whose bytes these are: "libdeflate-1.14-5", "none".
std::string encoder_name(const Compression& compression);

// What one part of a stream becomes: a gzip member, a zstd frame, itself.
std::string compress_part(Bytes part, const Compression& compression);

// The first bytes: RFC 1952, RFC 8878.
constexpr std::string_view kGzipBeginning = "\x1F\x8B";
constexpr std::string_view kZstdBeginning = "\x28\xB5\x2F\xFD";

// By the first bytes, since a docker archive does not say.
Encoding encoding_of(Bytes blob);

// The content of a compressed blob, in pieces; more than `limit` bytes of it are an error.
Result<Done, Error> decompress(Bytes blob, Encoding encoding, std::uint64_t limit,
                               const Sink& sink);

constexpr std::size_t kGzipPart = 1U << 20;
constexpr std::size_t kZstdPart = 4U << 20;

// Cuts a stream into parts of fixed size and compresses several at once. The cuts depend on the
// input alone, so the bytes are the same however many threads made them.
class CompressedStream {
public:
    // `sink` gets the compressed bytes, in order, on the caller's thread.
    CompressedStream(const Compression& compression, unsigned threads, Sink sink);

    Result<Done, Error> write(Bytes bytes);
    Result<Done, Error> finish();

private:
    Result<Done, Error> start_part();
    Result<Done, Error> take_oldest();

    Compression compression_;
    std::size_t part_size_;
    std::size_t threads_;
    Sink sink_;
    std::vector<std::byte> part_;
    std::deque<std::future<std::string>> running_;
};

// How many threads compress: the processors there are, but at most 4, so that memory stays small.
unsigned compression_threads();

}  // namespace outis::images::layers
