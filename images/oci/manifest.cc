#include "oci/manifest.h"

#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "host/digest.h"
#include "oci/annotations.h"
#include "oci/json.h"
#include "outis/sandbox/arch.h"

namespace outis::images::oci {

namespace json = boost::json;

namespace {

json::object descriptor(const Blob& blob, const std::string& media_type)
{
    return {{"digest", blob.digest}, {"mediaType", media_type}, {"size", blob.size}};
}

json::object text_map(const Annotations& annotations)
{
    json::object object;
    for (const auto& [name, value] : annotations)
        object[name] = value;
    return object;
}

}  // namespace

Blob text_blob(std::string text)
{
    const host::Digest digest = host::sha256(text);
    const std::uint64_t size = text.size();
    return Blob{.digest = digest.text(), .size = size, .content = std::move(text)};
}

std::string manifest_json(const Blob& config, std::span<const Layer> layers,
                          const Annotations& annotations)
{
    json::array rows;
    for (const Layer& layer : layers)
        rows.push_back(descriptor(layer.blob, layer.media_type));
    json::object manifest{
        {"config", descriptor(config, kConfigType)},
        {"layers", rows},
        {"mediaType", kManifestType},
        {"schemaVersion", 2},
    };
    if (!annotations.empty())
        manifest["annotations"] = text_map(annotations);
    return canonical_json(manifest);
}

std::string index_json(std::span<const Image> images, const Annotations& annotations)
{
    json::array rows;
    for (const Image& image : images) {
        json::object row = descriptor(image.manifest, kManifestType);
        row["platform"] = json::object{
            {"architecture", std::string(sandbox::arch_name(image.arch))}, {"os", "linux"}};
        rows.push_back(row);
    }
    json::object index{{"manifests", rows}, {"mediaType", kIndexType}, {"schemaVersion", 2}};
    if (!annotations.empty())
        index["annotations"] = text_map(annotations);
    return canonical_json(index);
}

std::string artifact_json(const Blob& content, const std::string& type, const Blob& subject,
                          const std::string& subject_type)
{
    return canonical_json(json::object{
        {"artifactType", type},
        {"config", descriptor(text_blob(kEmptyText), kEmptyType)},
        {"layers", json::array{descriptor(content, type)}},
        {"mediaType", kManifestType},
        {"schemaVersion", 2},
        {"subject", descriptor(subject, subject_type)},
    });
}

std::string layout_index_json(const Blob& top, const std::string& media_type,
                              const Reference* reference, const std::string& tag)
{
    json::object row = descriptor(top, media_type);
    if (reference != nullptr)
        row["annotations"] = json::object{
            {kNameKey, reference->full()},
            {kTagKey, tag.empty() ? reference->tag : tag},
        };
    return canonical_json(json::object{
        {"manifests", json::array{row}}, {"mediaType", kIndexType}, {"schemaVersion", 2}});
}

std::string docker_manifest_json(const Image& image, std::span<const Reference> references)
{
    json::array layers;
    for (const Layer& layer : image.layers)
        layers.emplace_back(blob_path(layer.blob));
    json::array tags;
    for (const Reference& reference : references)
        tags.emplace_back(reference.familiar());
    return canonical_json(json::array{
        json::object{{"Config", blob_path(image.config)}, {"Layers", layers}, {"RepoTags", tags}}});
}

std::string blob_path(const Blob& blob)
{
    return "blobs/sha256/" + blob.digest.substr(blob.digest.find(':') + 1);
}

}  // namespace outis::images::oci
