// The tar reader: any bytes are refused or listed, the same whole and in pieces. Of each file as
// many bytes come as it has.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include "host/input.h"
#include "layers/tar_reader.h"
#include "readers.h"

namespace {

constexpr std::uint64_t kMaxHoles = 1 << 18;  // larger ones take time and teach nothing

// Every entry's path, place and content, or the refusal.
std::string listing(outis::Bytes archive, std::size_t piece)
{
    using namespace outis;
    std::string text;
    std::uint64_t left = 0;
    std::uint64_t holes = 0;
    unsigned sum = 0;
    images::layers::TarReader reader(
        [&](const images::layers::TarMember& member) -> Result<Done, Error> {
            must(left == 0);
            left = member.entry.size;
            must(member.holes <= left);
            holes += member.holes;
            if (holes > kMaxHoles)
                return bad_input("holes");
            text += member.entry.path + "@" + std::to_string(member.offset) + "+" +
                    std::to_string(member.entry.size) + " " + std::to_string(sum) + "\n";
            return Done{};
        },
        [&](Bytes bytes) -> Result<Done, Error> {
            must(bytes.size() <= left);
            left -= bytes.size();
            for (const std::byte byte : bytes)
                sum = sum * 31 + static_cast<unsigned>(byte);
            return Done{};
        });
    for (std::size_t at = 0; at < archive.size(); at += piece) {
        const auto fed = reader.feed(archive.subspan(at, std::min(piece, archive.size() - at)));
        if (!fed)
            return text + fed.error().text;
    }
    const auto finished = reader.finish();
    must(!finished || left == 0);
    text += std::to_string(sum);
    return finished ? text : text + finished.error().text;
}

// With the right checksum in its first header, so that what the header says is read at all.
std::string repaired(outis::Bytes archive)
{
    constexpr std::size_t kChecksumAt = 148;
    std::string text(outis::images::host::as_text(archive));
    if (text.size() < outis::images::layers::kTarBlock)
        return text;
    text.replace(kChecksumAt, 8, "        ");
    unsigned sum = 0;
    for (std::size_t i = 0; i < outis::images::layers::kTarBlock; ++i)
        sum += static_cast<unsigned char>(text[i]);
    for (std::size_t i = 6; i-- > 0; sum /= 8)
        text[kChecksumAt + i] = static_cast<char>('0' + sum % 8);
    return text;
}

void check(outis::Bytes archive)
{
    must(listing(archive, std::max<std::size_t>(archive.size(), 1)) == listing(archive, 100));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const outis::Bytes archive(reinterpret_cast<const std::byte*>(data), size);
    check(archive);
    check(outis::images::host::as_bytes(repaired(archive)));
    return 0;
}
