#include "layers/gzip.h"

#include <algorithm>
#include <memory>
#include <new>
#include <vector>

#include <libdeflate.h>
#include <zlib.h>

namespace outis::images::layers {

namespace {

constexpr int kGzipWindow = MAX_WBITS + 16;  // 16: with gzip's header and trailer
constexpr std::size_t kPiece = 256 << 10;
constexpr std::size_t kMaxGiven = 1U << 30;  // zlib counts in 32 bits

struct FreeCompressor {
    void operator()(libdeflate_compressor* it) const noexcept { ::libdeflate_free_compressor(it); }
};

struct EndInflate {
    void operator()(z_stream* it) const noexcept { ::inflateEnd(it); }
};

}  // namespace

std::string gzip_member(Bytes content, int level)
{
    const std::unique_ptr<libdeflate_compressor, FreeCompressor> compressor(
        ::libdeflate_alloc_compressor(level));
    if (compressor == nullptr)
        throw std::bad_alloc();
    // Left as it comes: only the pages that the member needs are ever touched.
    const std::size_t bound = ::libdeflate_gzip_compress_bound(compressor.get(), content.size());
    const auto room = std::make_unique_for_overwrite<char[]>(bound);
    const std::size_t size = ::libdeflate_gzip_compress(compressor.get(), content.data(),
                                                        content.size(), room.get(), bound);
    if (size == 0)
        throw std::bad_alloc();
    return {room.get(), size};
}

Result<Done, Error> gunzip(Bytes file, const Sink& sink)
{
    z_stream stream = {};
    if (::inflateInit2(&stream, kGzipWindow) != Z_OK)
        throw std::bad_alloc();
    const std::unique_ptr<z_stream, EndInflate> end(&stream);
    std::vector<std::byte> buffer(kPiece);
    bool inside = true;  // of a member; an empty file is none
    while (inside || !file.empty()) {
        const std::size_t given = std::min(file.size(), kMaxGiven);
        // zlib reads through a pointer that it declares without const.
        stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(file.data()));
        stream.avail_in = static_cast<uInt>(given);
        stream.next_out = reinterpret_cast<Bytef*>(buffer.data());
        stream.avail_out = static_cast<uInt>(buffer.size());
        const int result = ::inflate(&stream, Z_NO_FLUSH);
        const std::size_t made = buffer.size() - stream.avail_out;
        file = file.subspan(given - stream.avail_in);
        if (result == Z_MEM_ERROR)
            throw std::bad_alloc();
        if (result == Z_BUF_ERROR)
            return bad_input("the gzip data is cut off");
        if (result != Z_OK && result != Z_STREAM_END)
            return bad_input("the gzip data is damaged");
        if (made > 0)
            OUTIS_TRY(sink(Bytes(buffer).first(made)));
        inside = result != Z_STREAM_END;
        if (!inside && !file.empty()) {
            ::inflateReset(&stream);
            inside = true;
        }
    }
    return Done{};
}

std::string gzip_encoder()
{
    return "libdeflate-" LIBDEFLATE_VERSION_STRING;
}

}  // namespace outis::images::layers
