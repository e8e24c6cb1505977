#include <algorithm>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

#include <boost/json/array.hpp>

#include "host/digest.h"
#include "host/input.h"
#include "oci/annotations.h"
#include "oci/field.h"
#include "oci/json.h"
#include "oci/manifest.h"
#include "oci/printable.h"
#include "outis/sandbox/suggest.h"
#include "places/opened.h"
#include "places/source.h"

namespace outis::images::places {

namespace fs = std::filesystem;
namespace json = boost::json;

namespace {

constexpr std::string_view kBlobs = "blobs/sha256/";

struct IndexRow {
    oci::Descriptor descriptor = {};
    std::string tag = {};
    std::string name = {};
};

std::string annotation(const json::value& row, std::string_view key)
{
    const json::value* annotations = oci::field(row, "annotations");
    return annotations == nullptr ? "" : oci::text_field(*annotations, key);
}

// The entries of index.json with their tags.
Result<std::vector<IndexRow>, Error> read_index(const OpenedImage& image)
{
    const std::optional<Bytes> bytes = image.find("index.json");
    const std::string text(bytes ? host::as_text(*bytes) : "");
    const oci::Manifest index = OUTIS_TRY(oci::read_manifest(oci::kIndexType, text));
    const json::value root = OUTIS_TRY(oci::parse_json(text, "index.json"));
    std::vector<IndexRow> rows;
    for (std::size_t i = 0; i < index.manifests.size(); ++i) {
        const json::value& row = root.at("manifests").at(i);
        rows.push_back({.descriptor = index.manifests[i],
                        .tag = annotation(row, oci::kTagKey),
                        .name = annotation(row, oci::kNameKey)});
    }
    return rows;
}

// The image with the tag; without one the only image that refers to no other.
Result<Held, Error> choose_row(std::vector<IndexRow> rows, const std::string& tag, Held held)
{
    std::vector<std::string> tags;
    std::vector<std::size_t> matches;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (!rows[i].tag.empty())
            tags.push_back(oci::printable(rows[i].tag));
        if (tag.empty() ? rows[i].descriptor.artifact_type.empty() : rows[i].tag == tag)
            matches.push_back(i);
    }
    if (matches.empty() && !tag.empty())
        return bad_input("it holds no image '" + tag + "'" + sandbox::did_you_mean(tag, tags) +
                         (tags.empty() ? "" : " (there are " + sandbox::quoted_list(tags) + ")"));
    if (matches.size() != 1)
        return bad_input("it holds " + std::to_string(matches.size()) +
                         " images; name one by its tag, as in oci:DIR:TAG" +
                         (tags.empty() ? "" : " (there are " + sandbox::quoted_list(tags) + ")"));
    held.top = rows[matches.front()].descriptor;
    if (Result<oci::Reference, Error> name = oci::parse_reference(rows[matches.front()].name))
        held.name = name.take();
    rows.erase(rows.begin() + static_cast<std::ptrdiff_t>(matches.front()));
    for (IndexRow& row : rows)
        held.others.push_back(std::move(row.descriptor));
    return held;
}

}  // namespace

Result<Held, Error> held_image(const fs::path& path, const std::string& tag,
                               const layers::BlobStore& store)
{
    const auto opened = std::make_shared<const OpenedImage>(OUTIS_TRY(OpenedImage::open(path)));
    const OpenedImage& image = *opened;
    if (!image.find("index.json"))
        return held_docker_archive(opened, tag, store);
    Held held{.image = opened};
    for (const std::string& name : image.paths()) {
        const std::string digest = "sha256:" + name.substr(std::min(kBlobs.size(), name.size()));
        const std::optional<MemberPlace> member = image.place(name);
        if (name.starts_with(kBlobs) && host::is_digest(digest) && member)
            held.blobs.emplace(digest, Blob{.digest = digest,
                                            .size = member->size,
                                            .content = member->file,
                                            .offset = member->offset});
    }
    return choose_row(OUTIS_TRY(read_index(image)), tag, std::move(held));
}

Result<Held, Error> open_held(const Place& place, const layers::BlobStore& store)
{
    std::error_code ignored;
    if (!fs::exists(place.path, ignored))
        return bad_input("there is no image '" + place.path + "'");
    Result<Held, Error> held = held_image(place.path, place.tag, store);
    if (!held)
        return during("reading '" + place.path + "'", held.take_failure());
    return held;
}

}  // namespace outis::images::places
