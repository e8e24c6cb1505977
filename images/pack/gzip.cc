#include "pack/gzip.h"

#include <algorithm>
#include <memory>
#include <string_view>

#include <libdeflate.h>

#include "files/input.h"

namespace outis::images {

namespace {

constexpr std::size_t kFirstBuffer = 1U << 20;

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

std::string gzip_member(Bytes content, int level)
{
    const std::unique_ptr<libdeflate_compressor, FreeCompressor> compressor(
        ::libdeflate_alloc_compressor(level));
    if (compressor == nullptr)
        __builtin_trap();
    // Left as it comes: only the pages that the member needs are ever touched.
    const std::size_t bound = ::libdeflate_gzip_compress_bound(compressor.get(), content.size());
    const auto room = std::make_unique_for_overwrite<char[]>(bound);
    const std::size_t size = ::libdeflate_gzip_compress(compressor.get(), content.data(),
                                                        content.size(), room.get(), bound);
    if (size == 0)
        __builtin_trap();
    return {room.get(), size};
}

Result<Done, Error> gunzip(Bytes file, std::size_t member_limit, const Sink& sink)
{
    const std::unique_ptr<libdeflate_decompressor, FreeDecompressor> decompressor(
        ::libdeflate_alloc_decompressor());
    if (decompressor == nullptr)
        __builtin_trap();
    std::string member(std::min(kFirstBuffer, member_limit), '\0');
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

std::string gzip_encoder()
{
    return "libdeflate-" LIBDEFLATE_VERSION_STRING;
}

}  // namespace outis::images
