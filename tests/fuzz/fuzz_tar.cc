// The tar reader: any bytes are refused or listed, the same whole and in pieces.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include "layers/tar_reader.h"

namespace {

// Every entry's path and place, or the refusal.
std::string listing(outis::Bytes archive, std::size_t piece)
{
    using namespace outis;
    std::string text;
    images::layers::TarReader reader(
        [&](const images::layers::TarMember& member) -> Result<Done, Error> {
            text += member.entry.path + "@" + std::to_string(member.offset) + "+" +
                    std::to_string(member.entry.size) + "\n";
            return Done{};
        });
    for (std::size_t at = 0; at < archive.size(); at += piece) {
        const auto fed = reader.feed(archive.subspan(at, std::min(piece, archive.size() - at)));
        if (!fed)
            return text + fed.error().text;
    }
    const auto finished = reader.finish();
    return finished ? text : text + finished.error().text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const outis::Bytes archive(reinterpret_cast<const std::byte*>(data), size);
    if (listing(archive, std::max<std::size_t>(size, 1)) != listing(archive, 100))
        __builtin_trap();
    return 0;
}
