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
#include "files/digest.h"
#include "files/input.h"
#include "files/new_file.h"
#include "oci/annotations.h"
#include "oci/json.h"
#include "oci/manifest.h"
#include "oci/validate.h"
#include "outis/base/fd.h"
#include "system/interrupt.h"

namespace outis::images {

namespace fs = std::filesystem;
namespace json = boost::json;

namespace {

constexpr std::size_t kMaxIndex = 4U << 20;

// Every blob once, by its path in the layout.
std::map<std::string, const Blob*> blobs_of(const Bundle& bundle)
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

std::string tag_of(const json::value& row)
{
    const json::object* object = row.if_object();
    const json::value* annotations = object ? object->if_contains("annotations") : nullptr;
    const json::value* tag = annotations != nullptr && annotations->is_object()
                                 ? annotations->get_object().if_contains(kTagKey)
                                 : nullptr;
    return tag != nullptr && tag->is_string() ? std::string(tag->get_string()) : "";
}

// The index that is there, with `row` in place of the one of the same tag.
Result<std::string, Error> merged_index(const fs::path& file, const json::value& fresh)
{
    std::error_code ignored;
    if (!fs::exists(file, ignored))
        return canonical_json(fresh);
    const std::string text = OUTIS_TRY(read_file(file, kMaxIndex));
    json::value index = OUTIS_TRY(parse_json(text, file.string()));
    json::value* rows = index.is_object() ? index.get_object().if_contains("manifests") : nullptr;
    if (rows == nullptr || !rows->is_array())
        return bad_input("'" + file.string() + "' is not the index of an OCI layout");
    const json::value& row = fresh.at("manifests").at(0);
    json::array merged;
    for (const json::value& old : rows->get_array()) {
        if (tag_of(old) != tag_of(row))
            merged.push_back(old);
    }
    merged.push_back(row);
    *rows = std::move(merged);
    return canonical_json(index);
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
    const std::map<std::string, const Blob*> blobs = blobs_of(bundle);
    for (const auto& [path, blob] : blobs)
        loaded.emplace(path, OUTIS_TRY(load(*blob)));
    Reference reference = bundle.references.front();
    if (!tag.empty())
        reference.tag = tag;
    const std::string fresh =
        layout_index_json(bundle.top(), bundle.index ? kIndexType : kManifestType, &reference);

    const std::string layout = kLayoutText;
    const auto find = [&](const std::string& path) -> std::optional<Bytes> {
        if (path == "oci-layout")
            return as_bytes(layout);
        if (path == "index.json")
            return as_bytes(fresh);
        const auto found = loaded.find(path);
        return found == loaded.end() ? std::nullopt : std::optional(found->second.bytes);
    };
    const std::vector<std::string> problems = validate(find, Depth::structure);
    if (!problems.empty())
        return unavailable("the image is not sound, which is a defect of this program: " +
                           problems.front());

    std::error_code error;
    fs::create_directories(folder / "blobs/sha256", error);
    if (error)
        return unavailable("cannot write '" + folder.string() + "': " + error.message());
    for (const auto& [path, blob] : blobs)
        OUTIS_TRY(write_blob(*blob, folder / path));
    const Fd lock = OUTIS_TRY(lock_folder(folder));
    const json::value fresh_index = OUTIS_TRY(parse_json(fresh, "index.json"));
    const std::string index = OUTIS_TRY(merged_index(folder / "index.json", fresh_index));
    OUTIS_TRY(write_text_file(folder / "oci-layout", layout));
    return write_text_file(folder / "index.json", index);
}

}  // namespace outis::images
