#include "places/docker_format.h"

#include <optional>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "oci/field.h"
#include "oci/json.h"
#include "oci/manifest.h"
#include "oci/media_types.h"

namespace outis::images::places {

namespace json = boost::json;

namespace {

constexpr const char* kDockerConfig = "application/vnd.docker.container.image.v1+json";
constexpr const char* kDockerLayer = "application/vnd.docker.image.rootfs.diff.tar";
constexpr const char* kDockerPackedLayer = "application/vnd.docker.image.rootfs.diff.tar.gzip";
constexpr const char* kDockerForeign = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip";

Failure<Error> not_docker(const std::string& what)
{
    return bad_input(what + ", for which Docker's format has no words; leave --format out");
}

Result<std::string, Error> layer_type(const oci::Descriptor& layer)
{
    if (oci::is_foreign(layer))
        return std::string(kDockerForeign);
    const std::optional<layers::Encoding> encoding = oci::layer_encoding(layer.media_type);
    if (!encoding)
        return not_docker("'" + layer.digest + "' is of type '" + layer.media_type + "'");
    if (*encoding == layers::Encoding::zstd)
        return not_docker("layer '" + layer.digest + "' is packed by zstd");
    return std::string(*encoding == layers::Encoding::gzip ? kDockerPackedLayer : kDockerLayer);
}

json::object row_of_blob(const oci::Descriptor& blob, const std::string& type)
{
    return {{"digest", blob.digest}, {"mediaType", type}, {"size", blob.size}};
}

// With its new text; descriptor.platform stays.
Result<oci::Manifest, Error> rewritten(const oci::Manifest& old, std::string_view type,
                                       const json::value& document)
{
    oci::Manifest fresh =
        OUTIS_TRY(oci::read_manifest(std::string(type), oci::canonical_json(document)));
    fresh.descriptor.platform = old.descriptor.platform;
    return fresh;
}

Result<oci::Manifest, Error> converted_manifest(const oci::Manifest& manifest)
{
    const json::value old = OUTIS_TRY(oci::parse_json(manifest.text, manifest.descriptor.digest));
    if (manifest.blobs.empty() ||
        oci::media_kind(manifest.blobs.front().media_type) != oci::MediaKind::config)
        return not_docker("'" + manifest.descriptor.digest + "' is no image but a document");
    json::array rows;
    const json::array& old_rows = oci::list_field(old, "layers");
    for (std::size_t i = 1; i < manifest.blobs.size(); ++i) {
        const oci::Descriptor& layer = manifest.blobs[i];
        const std::string type = OUTIS_TRY(layer_type(layer));
        json::object row = row_of_blob(layer, type);
        const json::value* urls = oci::field(old_rows[i - 1], "urls");
        if (urls != nullptr)
            row.emplace("urls", *urls);
        rows.push_back(std::move(row));
    }
    return rewritten(manifest, oci::kDockerManifestType,
                     json::object{{"config", row_of_blob(manifest.blobs.front(), kDockerConfig)},
                                  {"layers", std::move(rows)},
                                  {"mediaType", oci::kDockerManifestType},
                                  {"schemaVersion", 2}});
}

// What buildx says about an image, in a row of its index.
bool is_attestation(const json::value& row)
{
    const json::value* annotations = oci::field(row, "annotations");
    return annotations != nullptr &&
           !oci::text_field(*annotations, "vnd.docker.reference.type").empty();
}

}  // namespace

Result<oci::Manifest, Error> DockerFormat::converted_index(const oci::Manifest& index)
{
    const json::value old = OUTIS_TRY(oci::parse_json(index.text, index.descriptor.digest));
    const json::array& old_rows = oci::list_field(old, "manifests");
    json::array rows;
    for (std::size_t i = 0; i < index.manifests.size(); ++i) {
        if (is_attestation(old_rows[i]))
            continue;
        const oci::Manifest child = OUTIS_TRY(source_.manifest(index.manifests[i]));
        if (child.is_index())
            return not_docker("'" + child.descriptor.digest + "' is an index in an index");
        const json::value* platform = oci::field(old_rows[i], "platform");
        if (platform == nullptr)
            return not_docker("'" + child.descriptor.digest + "' is listed for no platform");
        oci::Manifest fresh = OUTIS_TRY(converted_manifest(child));
        json::object row = row_of_blob(fresh.descriptor, fresh.descriptor.media_type);
        row.emplace("platform", *platform);
        rows.push_back(std::move(row));
        converted_.insert_or_assign(fresh.descriptor.digest, std::move(fresh));
    }
    return rewritten(index, oci::kDockerIndexType,
                     json::object{{"manifests", std::move(rows)},
                                  {"mediaType", oci::kDockerIndexType},
                                  {"schemaVersion", 2}});
}

Result<oci::Manifest, Error> DockerFormat::top()
{
    const oci::Manifest top = OUTIS_TRY(source_.top());
    return top.is_index() ? converted_index(top) : converted_manifest(top);
}

Result<oci::Manifest, Error> DockerFormat::manifest(const oci::Descriptor& descriptor)
{
    const auto found = converted_.find(descriptor.digest);
    if (found == converted_.end())
        return bad_input("'" + descriptor.digest + "' is not of this image");
    oci::Manifest manifest = found->second;
    manifest.descriptor.platform = descriptor.platform;
    return manifest;
}

Result<Blob, Error> DockerFormat::blob(const oci::Descriptor& descriptor,
                                       const registry::Advance& advance)
{
    return source_.blob(descriptor, advance);
}

Result<std::vector<oci::Descriptor>, Error> DockerFormat::referrers(const std::string&)
{
    return std::vector<oci::Descriptor>();
}

}  // namespace outis::images::places
