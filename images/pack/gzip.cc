#include "pack/gzip.h"

#include <algorithm>
#include <memory>
#include <system_error>
#include <thread>
#include <utility>

#include <libdeflate.h>

#include "files/input.h"

namespace outis::images {

namespace {

constexpr unsigned kMaxThreads = 4;

struct FreeCompressor {
    void operator()(libdeflate_compressor* it) const noexcept { ::libdeflate_free_compressor(it); }
};

struct FreeDecompressor {
    void operator()(libdeflate_decompressor* it) const noexcept
    {
        ::libdeflate_free_decompressor(it);
    }
};

}  // namespace

std::string gzip_member(Bytes chunk, int level)
{
    const std::unique_ptr<libdeflate_compressor, FreeCompressor> compressor(
        ::libdeflate_alloc_compressor(level));
    if (compressor == nullptr)
        __builtin_trap();
    std::string member(::libdeflate_gzip_compress_bound(compressor.get(), chunk.size()), '\0');
    const std::size_t size = ::libdeflate_gzip_compress(compressor.get(), chunk.data(),
                                                        chunk.size(), member.data(), member.size());
    if (size == 0)
        __builtin_trap();
    member.resize(size);
    member.shrink_to_fit();
    return member;
}

Result<Done, Error> gunzip(Bytes file, std::size_t member_limit, const Sink& sink)
{
    const std::unique_ptr<libdeflate_decompressor, FreeDecompressor> decompressor(
        ::libdeflate_alloc_decompressor());
    if (decompressor == nullptr)
        __builtin_trap();
    std::string member(std::min(kGzipChunk, member_limit), '\0');
    while (!file.empty()) {
        std::size_t used = 0;
        std::size_t made = 0;
        const libdeflate_result result =
            ::libdeflate_gzip_decompress_ex(decompressor.get(), file.data(), file.size(),
                                            member.data(), member.size(), &used, &made);
        if (result == LIBDEFLATE_INSUFFICIENT_SPACE) {
            if (member.size() == member_limit)
                return bad_input("a gzip member unpacks to more than " +
                                 std::to_string(member_limit) + " bytes");
            member.resize(std::min(member_limit, 2 * member.size()));
            continue;
        }
        if (result != LIBDEFLATE_SUCCESS || used == 0)
            return bad_input("the gzip data is damaged");
        OUTIS_TRY(sink(as_bytes(std::string_view(member).substr(0, made))));
        file = file.subspan(used);
    }
    return Done{};
}

GzipStream::GzipStream(int level, unsigned threads, Sink sink)
    : level_(level), threads_(std::max(threads, 1U)), sink_(std::move(sink))
{
    chunk_.reserve(kGzipChunk);
}

Result<Done, Error> GzipStream::write(Bytes bytes)
{
    while (!bytes.empty()) {
        const std::size_t count = std::min(bytes.size(), kGzipChunk - chunk_.size());
        chunk_.insert(chunk_.end(), bytes.begin(), bytes.begin() + static_cast<long>(count));
        bytes = bytes.subspan(count);
        if (chunk_.size() == kGzipChunk)
            OUTIS_TRY(start_chunk());
    }
    return Done{};
}

Result<Done, Error> GzipStream::finish()
{
    if (!chunk_.empty())
        OUTIS_TRY(start_chunk());
    while (!running_.empty())
        OUTIS_TRY(take_oldest());
    return Done{};
}

Result<Done, Error> GzipStream::start_chunk()
{
    // One more than there are threads, so that none waits while the next chunk is read.
    if (running_.size() > threads_)
        OUTIS_TRY(take_oldest());
    // Shared, because a thread that cannot be started would take the bytes with it.
    const auto chunk = std::make_shared<const std::vector<std::byte>>(std::exchange(chunk_, {}));
    chunk_.reserve(kGzipChunk);
    const auto work = [chunk, level = level_] { return gzip_member(*chunk, level); };
    try {
        running_.push_back(std::async(std::launch::async, work));
    } catch (const std::system_error&) {
        running_.push_back(std::async(std::launch::deferred, work));
    }
    return Done{};
}

Result<Done, Error> GzipStream::take_oldest()
{
    const std::string member = running_.front().get();
    running_.pop_front();
    return sink_(as_bytes(member));
}

std::string gzip_encoder()
{
    return "libdeflate-" LIBDEFLATE_VERSION_STRING;
}

unsigned compression_threads()
{
    return std::clamp(std::thread::hardware_concurrency(), 1U, kMaxThreads);
}

}  // namespace outis::images
