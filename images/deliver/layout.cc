#include "deliver/layout.h"

#include <cerrno>
#include <map>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/file.h>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "deliver/copy.h"
#include "deliver/referrers.h"
#include "files/digest.h"
#include "files/input.h"
#include "files/new_file.h"
#include "oci/json.h"
#include "oci/manifest.h"
#include "outis/base/fd.h"
#include "system/interrupt.h"
#include "verify/documents.h"

namespace outis::images {

namespace fs = std::filesystem;
namespace json = boost::json;

namespace {

constexpr std::size_t kMaxDocument = 4U << 20;

// Every blob once, by its path in the layout.
std::map<std::string, const Blob*> blobs_of(const Bundle& bundle,
                                            const std::vector<Referrer>& referrers,
                                            const Blob& empty)
{
    std::map<std::string, const Blob*> blobs;
    const auto add = [&](const Blob& blob) { blobs[blob_path(blob)] = &blob; };
    for (const Image& image : bundle.images) {
        for (const Layer& layer : image.layers)
            add(layer.blob);
        add(image.config);
        add(image.manifest);
    }
    if (bundle.index)
        add(*bundle.index);
    for (const Document& document : bundle.documents)
        add(document.blob);
    for (const Referrer& referrer : referrers)
        add(referrer.manifest);
    if (!referrers.empty())
        add(empty);
    return blobs;
}

struct LoadedBlob {
    std::optional<MappedFile> file;
    Bytes bytes = {};
};

Result<LoadedBlob, Error> load(const Blob& blob)
{
    if (const auto* text = std::get_if<std::string>(&blob.content))
        return LoadedBlob{.file = {}, .bytes = as_bytes(*text)};
    MappedFile file = OUTIS_TRY(MappedFile::open(std::get<fs::path>(blob.content)));
    const Bytes bytes = file.bytes();
    return LoadedBlob{.file = std::move(file), .bytes = bytes};
}

Result<Done, Error> write_blob(const Blob& blob, const fs::path& place)
{
    std::error_code ignored;
    if (fs::file_size(place, ignored) == blob.size) {
        const Result<Digest, Error> there = sha256_of_file(place);
        if (there && there.value().text() == blob.digest)
            return Done{};
    }
    NewFile file = OUTIS_TRY(NewFile::create(place));
    OUTIS_TRY(copy_blob(blob, [&](Bytes bytes) { return file.write(bytes); }));
    return file.commit();
}

Result<Done, Error> write_text_file(const fs::path& place, const std::string& text)
{
    NewFile file = OUTIS_TRY(NewFile::create(place));
    OUTIS_TRY(file.write(as_bytes(text)));
    return file.commit();
}

// What the layout in `folder` says that a manifest is about; "" if it does not say.
std::string subject_of(const fs::path& folder, const std::string& digest)
{
    if (!is_digest(digest))
        return "";
    const fs::path file = folder / blob_path(Blob{.digest = digest});
    const Result<std::string, Error> text = read_file(file, kMaxDocument);
    const Result<json::value, Error> manifest =
        text ? parse_json(text.value(), file.string()) : Result<json::value, Error>(bad_input(""));
    if (!manifest)
        return "";
    boost::system::error_code absent;
    const json::value* subject = manifest.value().find_pointer("/subject/digest", absent);
    return subject != nullptr && subject->is_string() ? std::string(subject->get_string()) : "";
}

// The rows of the index that is there; of none, no rows.
Result<json::value, Error> index_in(const fs::path& folder)
{
    const fs::path file = folder / "index.json";
    std::error_code ignored;
    if (!fs::exists(file, ignored))
        return json::value{
            {"manifests", json::array()}, {"mediaType", kIndexType}, {"schemaVersion", 2}};
    const std::string text = OUTIS_TRY(read_file(file, kMaxDocument));
    json::value index = OUTIS_TRY(parse_json(text, file.string()));
    const json::value* rows =
        index.is_object() ? index.get_object().if_contains("manifests") : nullptr;
    if (rows == nullptr || !rows->is_array())
        return bad_input("'" + file.string() + "' is not the index of an OCI layout");
    return index;
}

// As long as it is held no other bake changes the index. It goes with the descriptor.
Result<Fd, Error> lock_folder(const fs::path& folder)
{
    Fd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd.open())
        return unavailable("cannot open '" + folder.string() + "': " + reason(errno));
    while (::flock(fd.get(), LOCK_EX) != 0) {
        // A file system without locks is used without.
        if (errno != EINTR)
            break;
        OUTIS_TRY(check_interrupts());
    }
    return fd;
}

}  // namespace

Result<Done, Error> save_layout(const Bundle& bundle, const fs::path& folder,
                                const std::string& tag)
{
    std::map<std::string, LoadedBlob> loaded;
    const std::vector<Referrer> referrers = referrers_of(bundle);
    const Blob empty = text_blob(kEmptyText);
    const std::map<std::string, const Blob*> blobs = blobs_of(bundle, referrers, empty);
    for (const auto& [path, blob] : blobs)
        loaded.emplace(path, OUTIS_TRY(load(*blob)));
    Reference reference = bundle.references.front();
    if (!tag.empty())
        reference.tag = tag;
    const std::string fresh =
        layout_index_json(bundle.top(), bundle.index ? kIndexType : kManifestType, &reference);
    json::value alone = OUTIS_TRY(parse_json(fresh, "index.json"));
    const json::value image = alone.at("manifests").at(0);
    alone.as_object()["manifests"] =
        merged_rows({}, image, referrers, [](const std::string&) { return ""; });
    const std::string alone_text = canonical_json(alone);

    const std::string layout = kLayoutText;
    const auto find = [&](const std::string& path) -> std::optional<Bytes> {
        if (path == "oci-layout")
            return as_bytes(layout);
        if (path == "index.json")
            return as_bytes(alone_text);
        const auto found = loaded.find(path);
        return found == loaded.end() ? std::nullopt : std::optional(found->second.bytes);
    };
    const std::string defect = first_defect(read_documents(find, Depth::structure).findings);
    if (!defect.empty())
        return unavailable("the image is not sound, which is a defect of this program: " + defect);

    std::error_code error;
    fs::create_directories(folder / "blobs/sha256", error);
    if (error)
        return unavailable("cannot write '" + folder.string() + "': " + error.message());
    for (const auto& [path, blob] : blobs)
        OUTIS_TRY(write_blob(*blob, folder / path));
    const Fd lock = OUTIS_TRY(lock_folder(folder));
    json::value index = OUTIS_TRY(index_in(folder));
    index.as_object()["manifests"] =
        merged_rows(index.at("manifests").as_array(), image, referrers,
                    [&](const std::string& digest) { return subject_of(folder, digest); });
    OUTIS_TRY(write_text_file(folder / "oci-layout", layout));
    return write_text_file(folder / "index.json", canonical_json(index));
}

}  // namespace outis::images
