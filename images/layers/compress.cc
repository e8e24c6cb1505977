#include "layers/compress.h"

#include <algorithm>
#include <charconv>
#include <memory>
#include <system_error>
#include <thread>
#include <utility>

#include "host/input.h"
#include "layers/gzip.h"
#include "layers/zstd.h"

namespace outis::images::layers {

namespace {

constexpr unsigned kMaxThreads = 4;

struct Row {
    std::string_view name;
    Encoding encoding;
    int default_level;
    int highest_level;
    std::size_t part;
};

constexpr Row kRows[] = {
    {"none", Encoding::none, 0, 0, kGzipPart},
    {"gzip", Encoding::gzip, 5, 12, kGzipPart},
    {"zstd", Encoding::zstd, 3, 19, kZstdPart},
};

const Row& row_of(Encoding encoding)
{
    return *std::ranges::find(kRows, encoding, &Row::encoding);
}

}  // namespace

Result<Compression, Error> parse_compression(const std::string& text)
{
    const std::size_t colon = text.find(':');
    const std::string name = text.substr(0, colon);
    const auto* row = std::ranges::find(kRows, std::string_view(name), &Row::name);
    if (row == std::end(kRows))
        return bad_input("unknown compression '" + text +
                         "'; there are 'gzip[:1-12]', 'zstd[:1-19]', 'none'");
    Compression compression{.encoding = row->encoding, .level = row->default_level};
    if (colon == std::string::npos)
        return compression;
    const std::string level = text.substr(colon + 1);
    const char* const end = level.data() + level.size();
    const auto [stop, error] = std::from_chars(level.data(), end, compression.level);
    if (error != std::errc() || stop != end || compression.level < 1 ||
        compression.level > row->highest_level)
        return bad_input("compression '" + text + "' must have a level from 1 to " +
                         std::to_string(row->highest_level));
    return compression;
}

std::string layer_media_type(Encoding encoding)
{
    const std::string type = "application/vnd.oci.image.layer.v1.tar";
    return encoding == Encoding::none ? type : type + "+" + std::string(row_of(encoding).name);
}

std::string encoder_name(const Compression& compression)
{
    const std::string level = "-" + std::to_string(compression.level);
    switch (compression.encoding) {
    case Encoding::none: return "none";
    case Encoding::gzip: return gzip_encoder() + level;
    case Encoding::zstd: return zstd_encoder() + level;
    }
    __builtin_trap();
}

std::string compress_part(Bytes part, const Compression& compression)
{
    switch (compression.encoding) {
    case Encoding::none: return std::string(host::as_text(part));
    case Encoding::gzip: return gzip_member(part, compression.level);
    case Encoding::zstd: return zstd_frame(part, compression.level);
    }
    __builtin_trap();
}

Encoding encoding_of(Bytes blob)
{
    const std::string_view text = host::as_text(blob);
    if (text.starts_with(kGzipBeginning))
        return Encoding::gzip;
    return text.starts_with(kZstdBeginning) ? Encoding::zstd : Encoding::none;
}

Result<Done, Error> decompress(Bytes blob, Encoding encoding, std::uint64_t limit, const Sink& sink)
{
    std::uint64_t left = limit;
    const Sink counted = [&](Bytes bytes) -> Result<Done, Error> {
        if (bytes.size() > left)
            return bad_input("it unpacks to more than " + std::to_string(limit) + " bytes");
        left -= bytes.size();
        return sink(bytes);
    };
    switch (encoding) {
    case Encoding::none: return counted(blob);
    case Encoding::gzip: return gunzip(blob, counted);
    case Encoding::zstd: return unzstd(blob, counted);
    }
    __builtin_trap();
}

CompressedStream::CompressedStream(const Compression& compression, unsigned threads, Sink sink)
    : compression_(compression),
      part_size_(row_of(compression.encoding).part),
      threads_(std::max(threads, 1U)),
      sink_(std::move(sink))
{
    part_.reserve(part_size_);
}

Result<Done, Error> CompressedStream::write(Bytes bytes)
{
    while (!bytes.empty()) {
        const std::size_t count = std::min(bytes.size(), part_size_ - part_.size());
        part_.insert(part_.end(), bytes.begin(), bytes.begin() + static_cast<long>(count));
        bytes = bytes.subspan(count);
        if (part_.size() == part_size_)
            OUTIS_TRY(start_part());
    }
    return Done{};
}

Result<Done, Error> CompressedStream::finish()
{
    if (!part_.empty())
        OUTIS_TRY(start_part());
    while (!running_.empty())
        OUTIS_TRY(take_oldest());
    return Done{};
}

Result<Done, Error> CompressedStream::start_part()
{
    // One more than there are threads, so that none waits while the next part is read.
    if (running_.size() > threads_)
        OUTIS_TRY(take_oldest());
    // Shared, because a thread that cannot be started would take the bytes with it.
    const auto part = std::make_shared<const std::vector<std::byte>>(std::exchange(part_, {}));
    part_.reserve(part_size_);
    const auto work = [part, compression = compression_] {
        return compress_part(*part, compression);
    };
    try {
        running_.push_back(std::async(std::launch::async, work));
    } catch (const std::system_error&) {
        running_.push_back(std::async(std::launch::deferred, work));
    }
    return Done{};
}

Result<Done, Error> CompressedStream::take_oldest()
{
    const std::string packed = running_.front().get();
    running_.pop_front();
    return sink_(host::as_bytes(packed));
}

unsigned compression_threads()
{
    return std::clamp(std::thread::hardware_concurrency(), 1U, kMaxThreads);
}

}  // namespace outis::images::layers
