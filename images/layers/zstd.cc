#include "layers/zstd.h"

#include <memory>
#include <new>
#include <vector>

#include <zstd.h>
#include <zstd_errors.h>

namespace outis::images::layers {

namespace {

struct Free {
    void operator()(ZSTD_CCtx* it) const noexcept { ::ZSTD_freeCCtx(it); }

    void operator()(ZSTD_DCtx* it) const noexcept { ::ZSTD_freeDCtx(it); }
};

constexpr int kMaxWindowLog = 27;

}  // namespace

std::string zstd_frame(Bytes content, int level)
{
    const std::unique_ptr<ZSTD_CCtx, Free> context(::ZSTD_createCCtx());
    if (context == nullptr)
        throw std::bad_alloc();
    ::ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, level);
    ::ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 1);
    // Left as it comes: only the pages that the frame needs are ever touched.
    const std::size_t bound = ::ZSTD_compressBound(content.size());
    const auto room = std::make_unique_for_overwrite<char[]>(bound);
    const std::size_t size =
        ::ZSTD_compress2(context.get(), room.get(), bound, content.data(), content.size());
    if (::ZSTD_isError(size) != 0)
        throw std::bad_alloc();
    return {room.get(), size};
}

Result<Done, Error> unzstd(Bytes file, const Sink& sink)
{
    const std::unique_ptr<ZSTD_DCtx, Free> context(::ZSTD_createDCtx());
    if (context == nullptr)
        throw std::bad_alloc();
    ::ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, kMaxWindowLog);
    std::vector<std::byte> buffer(::ZSTD_DStreamOutSize());
    ZSTD_inBuffer input{file.data(), file.size(), 0};
    std::size_t left = 0;  // 0 between frames
    while (input.pos < input.size || left != 0) {
        ZSTD_outBuffer output{buffer.data(), buffer.size(), 0};
        const std::size_t before = input.pos;
        left = ::ZSTD_decompressStream(context.get(), &output, &input);
        if (::ZSTD_getErrorCode(left) == ZSTD_error_memory_allocation)
            throw std::bad_alloc();
        if (::ZSTD_isError(left) != 0)
            return bad_input(std::string("the zstd data is damaged: ") + ::ZSTD_getErrorName(left));
        if (output.pos == 0 && input.pos == before)
            return bad_input("the zstd data is cut off");
        OUTIS_TRY(sink(Bytes(buffer).first(output.pos)));
    }
    return Done{};
}

std::string zstd_encoder()
{
    return "zstd-" + std::to_string(ZSTD_VERSION_MAJOR) + "." + std::to_string(ZSTD_VERSION_MINOR) +
           "." + std::to_string(ZSTD_VERSION_RELEASE);
}

}  // namespace outis::images::layers
