#include "places/blob.h"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <system_error>
#include <utility>

#include "host/digest.h"
#include "host/input.h"
#include "host/interrupt.h"
#include "oci/manifest.h"

namespace outis::images::places {

namespace {

constexpr std::size_t kReadSize = 256 << 10;

Result<Done, Error> copy_file_blob(const Blob& blob, const std::filesystem::path& path,
                                   const layers::Sink& sink)
{
    const host::InputFile file = OUTIS_TRY(host::open_input(path));
    std::vector<std::byte> buffer(kReadSize);
    host::Sha256 hash;
    std::uint64_t left = blob.size;
    while (left > 0) {
        OUTIS_TRY(host::check_interrupts());
        const std::size_t wanted =
            static_cast<std::size_t>(std::min<std::uint64_t>(left, buffer.size()));
        const std::size_t count = OUTIS_TRY(host::read_at(file, blob.offset + blob.size - left,
                                                          std::span(buffer).first(wanted), path));
        if (count == 0)
            break;
        left -= count;
        hash.update(Bytes(buffer).first(count));
        OUTIS_TRY(sink(Bytes(buffer).first(count)));
    }
    if (left != 0 || hash.finish().text() != blob.digest)
        return unavailable("'" + path.string() +
                           "' no longer has the bytes of its digest; run the command again");
    return Done{};
}

struct LoadedBlobs {
    std::vector<Blob> blobs;
    std::map<std::string, std::string> texts;
    std::vector<host::MappedFile> files;
    std::map<std::string, Bytes> bytes;  // by path
};

}  // namespace

Result<Done, Error> copy_blob(const Blob& blob, const layers::Sink& sink)
{
    if (const auto* text = std::get_if<std::string>(&blob.content))
        return sink(host::as_bytes(*text));
    return copy_file_blob(blob, std::get<std::filesystem::path>(blob.content), sink);
}

Result<std::string, Error> blob_text(const Blob& blob, std::size_t limit)
{
    if (blob.size > limit)
        return bad_input("'" + blob.digest + "' is larger than " + std::to_string(limit >> 20) +
                         " MiB");
    std::string text;
    OUTIS_TRY(copy_blob(blob, [&](Bytes bytes) -> Result<Done, Error> {
        text += host::as_text(bytes);
        return Done{};
    }));
    return text;
}

std::string too_large(const oci::Descriptor& blob)
{
    return "blob '" + blob.digest + "' has " + std::to_string(blob.size) +
           " bytes by its manifest, more than the " + std::to_string(oci::kMaxBlob) +
           " (1 TiB) that one may have";
}

bool is_blob_at(const std::filesystem::path& place, const std::string& digest, std::uint64_t size)
{
    std::error_code ignored;
    if (std::filesystem::file_size(place, ignored) != size)
        return false;
    const Blob there{.digest = digest, .size = size, .content = place};
    return static_cast<bool>(copy_blob(there, [](Bytes) { return Result<Done, Error>(Done{}); }));
}

Result<view::FindMember, Error> find_among(std::vector<Blob> blobs,
                                           std::map<std::string, std::string> texts)
{
    const auto loaded = std::make_shared<LoadedBlobs>();
    loaded->blobs = std::move(blobs);
    loaded->texts = std::move(texts);
    for (const auto& [path, text] : loaded->texts)
        loaded->bytes.emplace(path, host::as_bytes(text));
    for (const Blob& blob : loaded->blobs) {
        if (const auto* text = std::get_if<std::string>(&blob.content)) {
            loaded->bytes.emplace(oci::blob_path(blob), host::as_bytes(*text));
            continue;
        }
        const auto& path = std::get<std::filesystem::path>(blob.content);
        loaded->files.push_back(OUTIS_TRY(host::MappedFile::open(path)));
        const Bytes file = loaded->files.back().bytes();
        if (blob.offset <= file.size() && blob.size <= file.size() - blob.offset)
            loaded->bytes.emplace(oci::blob_path(blob), file.subspan(blob.offset, blob.size));
    }
    return view::FindMember([loaded](const std::string& path) -> std::optional<Bytes> {
        const auto found = loaded->bytes.find(path);
        return found == loaded->bytes.end() ? std::nullopt : std::optional(found->second);
    });
}

Result<Done, Error> check_sound(const view::FindMember& find)
{
    // What is merely unwise may be an image's own that is passed on.
    const std::string defect = view::first_defect(
        view::read_documents(find, view::Depth::structure).findings, view::Severity::error);
    if (defect.empty())
        return Done{};
    return unavailable("the image is not sound, which is a defect of this program: " + defect);
}

}  // namespace outis::images::places
