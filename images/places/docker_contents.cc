#include <algorithm>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "host/digest.h"
#include "host/input.h"
#include "layers/compress.h"
#include "oci/field.h"
#include "oci/json.h"
#include "oci/manifest.h"
#include "oci/reference.h"
#include "outis/sandbox/suggest.h"
#include "outis/utf8.h"
#include "places/sources.h"

namespace outis::images::places {

namespace json = boost::json;

namespace {

constexpr std::size_t kMaxTexts = 1'000;  // layers or tags of an image
constexpr std::size_t kAlgorithm = sizeof "sha256:" - 1;

struct Saved {
    std::string config = {};
    std::vector<std::string> layers = {};
    std::vector<oci::Reference> names = {};
};

// Nothing where there is no list.
Result<std::vector<std::string>, Error> texts_of(const json::object& object, const char* name)
{
    std::vector<std::string> texts;
    const json::value* list = object.if_contains(name);
    if (list == nullptr || list->is_null())
        return texts;
    if (!list->is_array() || list->get_array().size() > kMaxTexts)
        return bad_input("'" + std::string(name) + "' of 'manifest.json' is no list of at most " +
                         std::to_string(kMaxTexts));
    for (const json::value& item : list->get_array()) {
        if (!item.is_string())
            return bad_input("'" + std::string(name) +
                             "' of 'manifest.json' holds what is no string");
        texts.emplace_back(item.get_string());
    }
    return texts;
}

// Those that are none are passed over.
std::vector<oci::Reference> references_of(const std::vector<std::string>& texts)
{
    std::vector<oci::Reference> references;
    for (const std::string& text : texts) {
        if (Result<oci::Reference, Error> reference = oci::parse_reference(text))
            references.push_back(reference.take());
    }
    return references;
}

// The image with the tag, and the name that has it; without one the only image.
Result<Saved, Error> choose_saved(const OpenedImage& image, const std::string& tag)
{
    const std::optional<Bytes> bytes = image.find("manifest.json");
    if (!bytes || bytes->size() > oci::kMaxManifest)
        return bad_input("it is neither an OCI layout nor what 'docker save' writes");
    const json::value root = OUTIS_TRY(oci::parse_json(host::as_text(*bytes), "manifest.json"));
    std::vector<Saved> images;
    std::vector<std::string> known;
    for (const json::value& row : root.is_array() ? root.get_array() : json::array()) {
        const json::object* object = row.if_object();
        const json::value* config = object != nullptr ? object->if_contains("Config") : nullptr;
        if (config == nullptr || !config->is_string())
            return bad_input("'manifest.json' has an image without configuration");
        std::vector<std::string> layers = OUTIS_TRY(texts_of(*object, "Layers"));
        std::vector<std::string> tags = OUTIS_TRY(texts_of(*object, "RepoTags"));
        Saved saved{.config = std::string(config->get_string()),
                    .layers = std::move(layers),
                    .names = references_of(tags)};
        const bool meant = oci::names_one_of(tag, tags);
        std::ranges::move(tags, std::back_inserter(known));
        if (!meant)
            continue;
        if (!tag.empty())
            std::erase_if(saved.names, [&](const oci::Reference& name) {
                return !oci::names_one_of(tag, {name.full()});
            });
        images.push_back(std::move(saved));
    }
    if (images.size() != 1)
        return bad_input("it holds " + std::to_string(images.size()) + " images" +
                         (tag.empty() ? "" : " called '" + tag + "'") +
                         "; name one as docker-archive:FILE:NAME:TAG (there are " +
                         sandbox::quoted_list(known) + ")");
    return images.front();
}

Result<Blob, Error> blob_at(const OpenedImage& image, const std::string& path)
{
    const std::optional<MemberPlace> place = image.place(path);
    if (!place)
        return bad_input("'manifest.json' names the missing '" + path + "'");
    return Blob{.digest = host::sha256(host::as_text(*image.find(path))).text(),
                .size = place->size,
                .content = place->file,
                .offset = place->offset};
}

// What each layer unpacks to, as the configuration says.
Result<std::vector<std::string>, Error> diff_ids_of(const Saved& saved, Bytes config)
{
    if (config.size() > oci::kMaxManifest)
        return bad_input("the configuration '" + saved.config + "' is larger than 4 MiB");
    const json::value root = OUTIS_TRY(oci::parse_json(host::as_text(config), saved.config));
    const json::value* rootfs = oci::field(root, "rootfs");
    std::vector<std::string> diff_ids;
    if (rootfs != nullptr)
        diff_ids = oci::texts_field(*rootfs, "diff_ids");
    if (diff_ids.size() != saved.layers.size())
        return bad_input("'manifest.json' names " + std::to_string(saved.layers.size()) +
                         " layers, and the configuration '" + saved.config + "' " +
                         std::to_string(diff_ids.size()));
    return diff_ids;
}

// A layer as registries hold it: one that is not compressed is compressed into the store.
Result<Layer, Error> layer_at(const OpenedImage& image, const std::string& path,
                              const std::string& diff_id, const layers::BlobStore& store)
{
    const Blob blob = OUTIS_TRY(blob_at(image, path));
    const Bytes bytes = *image.find(path);
    const layers::Encoding encoding = layers::encoding_of(bytes);
    if (encoding != layers::Encoding::none)
        return Layer{.blob = blob, .media_type = layers::layer_media_type(encoding)};
    if (blob.digest != diff_id)
        return bad_input("layer '" + path + "' is not the one that the configuration names, '" +
                         printable(diff_id) + "'; save the image again");
    const layers::Compression compression;
    const std::string key =
        blob.digest.substr(kAlgorithm) + "-" + layers::encoder_name(compression);
    std::optional<layers::StoredBlob> packed = store.find(key);
    if (!packed) {
        host::NewFile file = OUTIS_TRY(store.create());
        host::Sha256 hash;
        layers::StoredBlob fresh;
        layers::CompressedStream stream(compression, layers::compression_threads(),
                                        [&](Bytes part) -> Result<Done, Error> {
                                            hash.update(part);
                                            fresh.size += part.size();
                                            return file.write(part);
                                        });
        OUTIS_TRY(stream.write(bytes));
        OUTIS_TRY(stream.finish());
        fresh.digest = hash.finish();
        OUTIS_TRY(store.keep(std::move(file), fresh.digest));
        OUTIS_TRY(store.remember(key, fresh));
        packed = fresh;
    }
    return Layer{.blob = {.digest = packed->digest.text(),
                          .size = packed->size,
                          .content = store.path(packed->digest)},
                 .media_type = layers::layer_media_type(layers::Encoding::gzip)};
}

}  // namespace

Result<Contents, Error> docker_contents(const OpenedImage& image, const std::string& tag,
                                        const layers::BlobStore& store)
{
    const Saved saved = OUTIS_TRY(choose_saved(image, tag));
    const Blob config = OUTIS_TRY(blob_at(image, saved.config));
    const std::vector<std::string> diff_ids =
        OUTIS_TRY(diff_ids_of(saved, *image.find(saved.config)));
    Contents contents{.maker = Maker::others, .blobs = {config}, .references = saved.names};
    std::vector<Layer> layers;
    for (std::size_t i = 0; i < saved.layers.size(); ++i) {
        layers.push_back(OUTIS_TRY(layer_at(image, saved.layers[i], diff_ids[i], store)));
        contents.blobs.push_back(layers.back().blob);
    }
    contents.top = oci::text_blob(oci::manifest_json(config, layers, {}));
    contents.top_type = oci::kManifestType;
    contents.blobs.push_back(contents.top);
    return contents;
}

}  // namespace outis::images::places
