#include "oci/descriptor.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "host/digest.h"
#include "oci/field.h"
#include "oci/json.h"
#include "oci/manifest.h"
#include "oci/media_types.h"
#include "outis/utf8.h"

namespace outis::images::oci {

namespace json = boost::json;

namespace {

std::string platform_of(const json::value& row)
{
    const json::value* platform = field(row, "platform");
    if (platform == nullptr || !platform->is_object())
        return {};
    const std::string variant = text_field(*platform, "variant");
    return text_field(*platform, "os") + "/" + text_field(*platform, "architecture") +
           (variant.empty() ? "" : "/" + variant);
}

Result<Descriptor, Error> read_descriptor(const json::value& value)
{
    const json::object* row = value.if_object();
    if (row == nullptr)
        return bad_input("a descriptor is no object");
    Descriptor descriptor{.media_type = text_field(value, "mediaType"),
                          .digest = text_field(value, "digest"),
                          .platform = platform_of(value),
                          .artifact_type = text_field(value, "artifactType")};
    const json::value* size = row->if_contains("size");
    if (!host::is_digest(descriptor.digest))
        return bad_input("a descriptor has no digest by SHA-256");
    if (size == nullptr || !size->is_int64() || size->get_int64() < 0)
        return bad_input("the descriptor of '" + descriptor.digest + "' has no size");
    descriptor.size = static_cast<std::uint64_t>(size->get_int64());
    return descriptor;
}

Result<std::vector<Descriptor>, Error> read_descriptors(const json::value& value)
{
    const json::array* rows = value.if_array();
    if (rows == nullptr || rows->size() > kMaxDescriptors)
        return bad_input("it has no list of at most 10000 descriptors");
    std::vector<Descriptor> descriptors;
    for (const json::value& row : *rows)
        descriptors.push_back(OUTIS_TRY(read_descriptor(row)));
    return descriptors;
}

// What kind of manifest it is: by its own word, else as it was announced, else by what it has.
Result<std::string, Error> type_of(const json::value& document, const std::string& announced)
{
    const json::object& root = document.get_object();
    const json::value* version = root.if_contains("schemaVersion");
    if (version == nullptr || !version->is_int64() || version->get_int64() != 2)
        return bad_input("it does not say schemaVersion 2; push the image again with a newer tool");
    const bool index = root.contains("manifests");
    const bool manifest = root.contains("layers") || root.contains("config");
    if (index == manifest)
        return bad_input(index ? "it is a manifest and an index at once"
                               : "it is neither a manifest nor an index");
    const MediaKind kind = index ? MediaKind::index : MediaKind::manifest;
    const auto fits = [&](const std::string& type) { return media_kind(type) == kind; };
    std::string type = text_field(document, "mediaType");
    if (type.empty())
        type = fits(announced) ? announced : index ? kIndexType : kManifestType;
    if (!fits(type))
        return bad_input("it is of the unknown type '" + printable(type.substr(0, 100)) + "'");
    return type;
}

// Without parameters, in lower case. Source: RFC 9110, 8.3.1.
std::string bare_type(std::string_view type)
{
    type = type.substr(0, type.find(';'));
    while (!type.empty() && (type.back() == ' ' || type.back() == '\t'))
        type.remove_suffix(1);
    std::string bare(type);
    std::ranges::transform(bare, bare.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return bare;
}

}  // namespace

bool Manifest::is_index() const
{
    return media_kind(descriptor.media_type) == MediaKind::index;
}

std::string accepted_types()
{
    std::string all;
    for (const std::string_view type :
         {std::string_view(kIndexType), std::string_view(kManifestType), kDockerIndexType,
          kDockerManifestType})
        all += (all.empty() ? "" : ", ") + std::string(type);
    return all;
}

Result<Manifest, Error> read_manifest(std::string media_type, std::string text)
{
    if (text.size() > kMaxManifest)
        return bad_input("it is larger than 4 MiB");
    const json::value value = OUTIS_TRY(parse_json(text, "manifest"));
    const json::object* root = value.if_object();
    if (root == nullptr)
        return bad_input("it is no JSON object");
    media_type = bare_type(media_type);
    const std::string type = OUTIS_TRY(type_of(value, media_type));
    if (!media_type.empty() && media_type != "application/json" &&
        media_type != "application/octet-stream" && media_type != type)
        return bad_input("it is of type '" + type + "' but was announced as '" +
                         printable(media_type.substr(0, 100)) + "'");
    Manifest manifest{.descriptor = {.media_type = type,
                                     .digest = host::sha256(text).text(),
                                     .size = text.size(),
                                     .artifact_type = text_field(value, "artifactType")}};
    if (const json::value* rows = root->if_contains("manifests"))
        manifest.manifests = OUTIS_TRY(read_descriptors(*rows));
    if (const json::value* config = root->if_contains("config")) {
        manifest.blobs.push_back(OUTIS_TRY(read_descriptor(*config)));
        // OCI image specification 1.1, "Guidelines for Artifact Usage".
        if (manifest.descriptor.artifact_type.empty())
            manifest.descriptor.artifact_type = manifest.blobs.front().media_type;
    }
    if (const json::value* layers = root->if_contains("layers")) {
        for (Descriptor& layer : OUTIS_TRY(read_descriptors(*layers)))
            manifest.blobs.push_back(std::move(layer));
    }
    if (const json::value* subject = root->if_contains("subject"))
        manifest.subject = OUTIS_TRY(read_descriptor(*subject)).digest;
    manifest.text = std::move(text);
    return manifest;
}

bool is_foreign(const Descriptor& blob)
{
    return blob.media_type.find(".nondistributable.") != std::string::npos ||
           blob.media_type.find(".foreign.") != std::string::npos;
}

Result<std::string, Error> index_with(const std::string& old, const Manifest& referrer)
{
    json::value index =
        json::object{{"manifests", json::array()}, {"mediaType", kIndexType}, {"schemaVersion", 2}};
    if (!old.empty())
        index = OUTIS_TRY(parse_json(old, "index"));
    const Descriptor& descriptor = referrer.descriptor;
    json::object row{{"digest", descriptor.digest},
                     {"mediaType", descriptor.media_type},
                     {"size", descriptor.size}};
    if (!descriptor.artifact_type.empty())
        row["artifactType"] = descriptor.artifact_type;
    const json::value document = OUTIS_TRY(parse_json(referrer.text, "manifest"));
    if (const json::value* annotations = document.as_object().if_contains("annotations"))
        row["annotations"] = *annotations;
    index.as_object()["manifests"].as_array().push_back(std::move(row));
    return canonical_json(index);
}

}  // namespace outis::images::oci
