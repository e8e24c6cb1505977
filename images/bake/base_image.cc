#include "bake/base_image.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include <boost/json/object.hpp>

#include <boost/json/parse.hpp>

#include "layers/compress.h"
#include "oci/annotations.h"
#include "oci/config.h"
#include "oci/descriptor.h"
#include "oci/field.h"
#include "oci/json.h"
#include "oci/manifest.h"
#include "oci/media_types.h"
#include "outis/sandbox/arch.h"
#include "places/blob.h"
#include "places/place.h"
#include "view/documents.h"
#include "view/layers.h"
#include "view/rules.h"

namespace outis::images::bake {

namespace json = boost::json;

namespace {

constexpr std::string_view kSystem = "linux/";

oci::Annotations annotations_of(const oci::Manifest& manifest)
{
    oci::Annotations annotations;
    const Result<json::value, Error> document = oci::parse_json(manifest.text, "manifest");
    const json::value* map = document ? oci::field(document.value(), "annotations") : nullptr;
    if (map != nullptr && map->is_object()) {
        for (const json::key_value_pair& pair : map->get_object()) {
            if (pair.value().is_string())
                annotations.emplace(pair.key(), pair.value().get_string());
        }
    }
    return annotations;
}

// "linux/arm64/v8" too; nothing for what we have no PID 1 for.
std::optional<policy::Arch> arch_of_platform(std::string_view platform)
{
    if (!platform.starts_with(kSystem))
        return std::nullopt;
    platform.remove_prefix(kSystem.size());
    return sandbox::parse_arch(platform.substr(0, platform.find('/')));
}

Result<std::string, Error> text_of(places::ImageSource& source, const oci::Descriptor& descriptor)
{
    if (descriptor.size > oci::kMaxManifest)
        return bad_input("its configuration is larger than 4 MiB");
    const Blob blob = OUTIS_TRY(source.blob(descriptor, [](std::uint64_t) {}));
    return places::blob_text(blob, oci::kMaxManifest);
}

Result<std::vector<Layer>, Error> layers_of(places::ImageSource& source,
                                            const oci::Manifest& manifest)
{
    std::vector<Layer> layers;
    for (std::size_t i = 1; i < manifest.blobs.size(); ++i) {
        const oci::Descriptor& descriptor = manifest.blobs[i];
        const std::optional<layers::Encoding> encoding = oci::layer_encoding(descriptor.media_type);
        if (oci::is_foreign(descriptor) || !encoding)
            return bad_input("its layer " + std::to_string(i) + " is of type '" +
                             descriptor.media_type + "', which is not taken over");
        Blob blob = OUTIS_TRY(source.blob(descriptor, [](std::uint64_t) {}));
        layers.push_back(
            {.blob = std::move(blob), .media_type = layers::layer_media_type(*encoding)});
    }
    return layers;
}

Result<Done, Error> take_diff_ids(const json::value& config, std::vector<Layer>& layers)
{
    const json::value* root = oci::field(config, "rootfs");
    const std::vector<std::string> diff_ids =
        root == nullptr ? std::vector<std::string>() : oci::texts_field(*root, "diff_ids");
    if (diff_ids.size() != layers.size())
        return bad_input("its configuration has " + std::to_string(diff_ids.size()) +
                         " diffIDs for " + std::to_string(layers.size()) + " layers");
    for (std::size_t i = 0; i < layers.size(); ++i)
        layers[i].diff_id = diff_ids[i];
    return Done{};
}

// The image alone, as a layout.
Result<view::FindMember, Error> members_of(const oci::Manifest& manifest, const std::string& config,
                                           const std::vector<Layer>& layers)
{
    Blob top = oci::text_blob(manifest.text);
    const std::string index = oci::layout_index_json(top, manifest.descriptor.media_type, nullptr);
    std::vector<Blob> blobs{std::move(top), oci::text_blob(config)};
    for (const Layer& layer : layers)
        blobs.push_back(layer.blob);
    return places::find_among(std::move(blobs),
                              {{"oci-layout", oci::kLayoutText}, {"index.json", index}});
}

// Engines go by the bytes of a layer, whatever its media type says.
void take_real_types(std::vector<Layer>& layers, const view::FindMember& find,
                     std::vector<std::string>& notes)
{
    for (std::size_t i = 0; i < layers.size(); ++i) {
        const std::optional<Bytes> bytes = find(oci::blob_path(layers[i].blob));
        const std::string real =
            bytes ? layers::layer_media_type(layers::encoding_of(*bytes)) : layers[i].media_type;
        if (real == layers[i].media_type)
            continue;
        notes.push_back("layer " + std::to_string(i + 1) + " of the image is no '" +
                        layers[i].media_type + "', as its manifest says, but '" + real +
                        "'; the new image says so");
        layers[i].media_type = real;
    }
}

// What is wrong with the given image is said before anything is made of it.
Result<Done, Error> check_given(const view::FindMember& find)
{
    const std::string defect = view::first_defect(
        view::read_documents(find, view::Depth::structure).findings, view::Severity::error);
    if (!defect.empty())
        return bad_input("it is not sound: " + defect + "; 'outis verify' lists all that is wrong");
    return Done{};
}

Result<BaseImage, Error> base_image(places::ImageSource& source, const oci::Manifest& manifest,
                                    std::vector<std::string>& notes)
{
    if (manifest.is_index() || manifest.blobs.size() < 2)
        return bad_input("it is an index of indexes, or has no layer");
    BaseImage image{.digest = manifest.descriptor.digest, .annotations = annotations_of(manifest)};
    const std::string text = OUTIS_TRY(text_of(source, manifest.blobs.front()));
    image.config = OUTIS_TRY(oci::parse_json(text, "its configuration"));
    const std::string platform =
        oci::text_field(image.config, "os") + "/" + oci::text_field(image.config, "architecture");
    const std::optional<policy::Arch> arch = arch_of_platform(platform);
    if (!arch)
        return bad_input("it is for '" + platform +
                         "', and there are 'linux/amd64', 'linux/arm64'");
    image.arch = *arch;
    image.layers = OUTIS_TRY(layers_of(source, manifest));
    OUTIS_TRY(take_diff_ids(image.config, image.layers));
    const view::FindMember find = OUTIS_TRY(members_of(manifest, text, image.layers));
    OUTIS_TRY(check_given(find));
    take_real_types(image.layers, find, notes);
    image.files = OUTIS_TRY(seen_files(image.layers));
    return image;
}

bool is_wanted(policy::Arch arch, const std::vector<policy::Arch>& platforms)
{
    return platforms.empty() || std::ranges::find(platforms, arch) != platforms.end();
}

bool has(const std::vector<BaseImage>& images, policy::Arch arch)
{
    return std::ranges::find(images, arch, &BaseImage::arch) != images.end();
}

// Of an index the rows that are wanted, the first of each platform; a single image is one row.
Result<Done, Error> add_images(BaseImages& base, places::ImageSource& source,
                               const oci::Manifest& top, const std::vector<policy::Arch>& platforms)
{
    if (!top.is_index()) {
        BaseImage image = OUTIS_TRY(base_image(source, top, base.notes));
        if (is_wanted(image.arch, platforms))
            base.list.push_back(std::move(image));
        return Done{};
    }
    base.annotations = annotations_of(top);
    for (const oci::Descriptor& row : top.manifests) {
        const std::optional<policy::Arch> arch = arch_of_platform(row.platform);
        // Attestations say that they are for an unknown platform.
        if (!arch && row.platform.starts_with(kSystem) && platforms.empty())
            base.notes.push_back("there is no PID 1 for '" + row.platform + "', which is left out");
        if (!arch || !is_wanted(*arch, platforms) || has(base.list, *arch))
            continue;
        const oci::Manifest manifest = OUTIS_TRY(source.manifest(row));
        BaseImage image = OUTIS_TRY(base_image(source, manifest, base.notes));
        if (image.arch != *arch)
            return bad_input("its index says '" + row.platform +
                             "' of an image whose configuration says another platform");
        base.list.push_back(std::move(image));
    }
    return Done{};
}

Result<Done, Error> check_platforms(const BaseImages& base,
                                    const std::vector<policy::Arch>& platforms)
{
    for (const policy::Arch arch : platforms) {
        if (!has(base.list, arch))
            return bad_input("it has no image for 'linux/" + std::string(sandbox::arch_name(arch)) +
                             "'");
    }
    if (base.list.empty())
        return bad_input("it has no image for 'linux/amd64' or 'linux/arm64'");
    return Done{};
}

}  // namespace

Result<BaseImages, Error> open_base(const std::string& text,
                                    const std::vector<policy::Arch>& platforms,
                                    const registry::RegistrySettings& registries,
                                    const layers::BlobStore& store)
{
    const places::Place place = OUTIS_TRY(places::parse_source(text));
    BaseImages base;
    const registry::Notice notice = [&](const std::string& note) { base.notes.push_back(note); };
    // Two images may be read, so every message names its own.
    const auto named = [&](Failure<Error> failure) {
        const bool has_name = failure.error.text.find(place.path) != std::string::npos;
        return has_name ? std::move(failure) : during("image '" + text + "'", std::move(failure));
    };
    auto opened = places::open_image(place, registries, store, notice);
    if (!opened)
        return named(opened.take_failure());
    auto source = opened.take();
    auto read = source->top();
    if (!read)
        return named(read.take_failure());
    const oci::Manifest top = read.take();
    base.called = source->name();
    if (!place.is_file() && place.id.empty())
        base.name = base.called.full();
    Result<Done, Error> found = add_images(base, *source, top, platforms);
    if (found)
        found = check_platforms(base, platforms);
    if (!found)
        return named(found.take_failure());
    // What a registry had lies in the store; it is not kept, for what it says goes to `base`.
    if (place.transport != places::Transport::registry)
        base.source = std::move(source);
    return base;
}

BaseImages scratch(const std::vector<policy::Arch>& platforms, std::int64_t time)
{
    BaseImages base;
    for (const policy::Arch arch : platforms) {
        const std::string config = oci::config_json({}, arch, {}, time);
        base.list.push_back({.arch = arch, .config = boost::json::parse(config)});
    }
    return base;
}

Result<view::Flattened, Error> seen_files(std::vector<Layer>& layers)
{
    std::vector<Blob> blobs;
    view::FoundImage found;
    for (const Layer& layer : layers) {
        blobs.push_back(layer.blob);
        found.layers.push_back({.name = layer.blob.digest,
                                .path = oci::blob_path(layer.blob),
                                .diff_id = layer.diff_id});
    }
    const view::FindMember find = OUTIS_TRY(places::find_among(std::move(blobs), {}));
    view::UnpackedImage unpacked = view::unpack_layers(find, found, {});
    if (!unpacked.damage.empty())
        return bad_input("a layer is damaged: " + unpacked.damage +
                         "; 'outis verify' lists all that is wrong");
    for (std::size_t i = 0; i < layers.size(); ++i)
        layers[i].unpacked_size = unpacked.layers[i].unpacked;
    return std::move(unpacked.files);
}

oci::Annotations kept_annotations(const oci::Annotations& annotations)
{
    oci::Annotations kept = annotations;
    std::erase_if(kept, [](const auto& pair) { return !oci::may_name(pair.first); });
    return kept;
}

void set_base(oci::Annotations& annotations, const std::string& name, const std::string& digest)
{
    annotations[kBaseDigestKey] = digest;
    annotations.erase(kBaseNameKey);
    if (!name.empty())
        annotations[kBaseNameKey] = name;
}

}  // namespace outis::images::bake
