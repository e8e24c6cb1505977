#include "view/documents.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

#include "host/digest.h"
#include "host/input.h"
#include "layers/compress.h"
#include "layers/limits.h"
#include "oci/annotations.h"
#include "oci/field.h"
#include "oci/json.h"
#include "oci/manifest.h"
#include "oci/media_types.h"
#include "view/artifacts.h"
#include "view/config.h"

namespace outis::images::view {

namespace json = boost::json;

namespace {

using layers::kMaxDocument;
using layers::kMaxDocuments;
using layers::kMaxLayers;

std::string path_of(const std::string& digest)
{
    return oci::blob_path(Blob{.digest = digest, .content = {}});
}

bool is_number(const json::value* value, std::uint64_t expected)
{
    return value != nullptr && value->is_int64() && value->get_int64() >= 0 &&
           static_cast<std::uint64_t>(value->get_int64()) == expected;
}

class Reading {
public:
    Reading(const FindMember& find, Depth depth) : find_(find), depth_(depth) {}

    Documents run(const std::string& tag)
    {
        const bool docker = find_("manifest.json").has_value();
        const bool layout =
            !docker || find_("oci-layout").has_value() || find_("index.json").has_value();
        if (layout)
            read_layout(tag);
        if (docker && (tag.empty() || !layout))
            read_docker_manifest(layout, tag);
        return std::move(documents_);
    }

private:
    void wrong(Rule rule, std::string text)
    {
        add_finding(documents_.findings, {.rule = rule, .text = std::move(text)});
    }

    // Of one rule after the other, each told of `what`.
    void wrong_of(const std::string& what, const Findings& findings)
    {
        for (const Finding& finding : findings)
            wrong(finding.rule, what + ": " + finding.text);
    }

    json::value document(const std::string& path)
    {
        const std::optional<Bytes> bytes = find_(path);
        if (!bytes) {
            wrong(Rule::document_missing, "'" + path + "' is missing");
            return {};
        }
        if (bytes->size() > kMaxDocument) {
            wrong(Rule::document_size, "'" + path + "' is larger than 4 MiB");
            return {};
        }
        if (bytes->size() > kMaxDocuments - document_bytes_) {
            wrong(Rule::document_size, "the documents up to '" + path + "' take more than 64 MiB");
            return {};
        }
        document_bytes_ += bytes->size();
        Result<json::value, Error> value = oci::parse_json(host::as_text(*bytes), path);
        if (!value) {
            wrong(Rule::document_form, value.error().text);
            return {};
        }
        const std::string problem = form_problem(value.value(), path == "manifest.json");
        if (!problem.empty())
            wrong(Rule::document_form, "'" + path + "' " + problem);
        return value.take();
    }

    // The digest of a descriptor whose blob is there; else empty.
    std::string check_descriptor(const json::value& descriptor, const std::string& what)
    {
        const std::string digest = oci::text_field(descriptor, "digest");
        const std::string type = oci::text_field(descriptor, "mediaType");
        if (type.empty())
            wrong(Rule::descriptor_form, what + " has no media type");
        if (!host::is_digest(digest)) {
            wrong(Rule::descriptor_form, what + " has the malformed digest '" + digest + "'");
            return {};
        }
        const std::optional<Bytes> blob = find_(path_of(digest));
        if (!blob) {
            wrong(Rule::blob_missing, what + " names the missing blob '" + digest + "'");
            return {};
        }
        if (!is_number(oci::field(descriptor, "size"), blob->size()))
            wrong(Rule::blob_size, what + " states another size than its blob of " +
                                       std::to_string(blob->size()) + " bytes");
        const bool hashed = depth_ == Depth::content || type.ends_with("json");
        if (hashed && checked_.insert(digest).second &&
            host::sha256(host::as_text(*blob)).text() != digest)
            wrong(Rule::blob_digest, what + " has a blob that does not match '" + digest + "'");
        return digest;
    }

    void check_version(const json::value& document, const std::string& what)
    {
        if (!is_number(oci::field(document, "schemaVersion"), 2))
            wrong(Rule::schema_version, what + " does not say schemaVersion 2");
    }

    void read_layout(const std::string& tag)
    {
        if (oci::text_field(document("oci-layout"), "imageLayoutVersion") != "1.0.0")
            wrong(Rule::layout_version, "'oci-layout' does not say version 1.0.0");
        const json::value index = document("index.json");
        check_version(index, "'index.json'");
        if (oci::list_field(index, "manifests").empty())
            wrong(Rule::index_empty, "'index.json' lists no manifest");
        for (const json::value& row : oci::list_field(index, "manifests")) {
            const json::value* annotations = oci::field(row, "annotations");
            tag_ = annotations == nullptr ? "" : oci::text_field(*annotations, oci::kTagKey);
            name_ = annotations == nullptr ? "" : oci::text_field(*annotations, oci::kNameKey);
            if (oci::is_meant(tag, tag_, oci::text_field(row, "digest")))
                read_top(row, "a descriptor of 'index.json'", layers::kMaxIndexDepth);
        }
    }

    // Counts; of those beyond the limit the first is told.
    bool may_read_more()
    {
        if (manifests_ == layers::kMaxImageManifests)
            wrong(Rule::document_size, "it lists more than 1000 manifests");
        return manifests_++ < layers::kMaxImageManifests;
    }

    void read_top(const json::value& row, const std::string& what, int depth)
    {
        const std::string digest = may_read_more() ? check_descriptor(row, what) : "";
        const json::value* platform = oci::field(row, "platform");
        // Once for each platform that it is said to be for.
        if (digest.empty() ||
            !read_.insert(digest + (platform == nullptr ? "" : oci::canonical_json(*platform)))
                 .second)
            return;
        const std::string type = oci::text_field(row, "mediaType");
        artifact_type_ = oci::text_field(row, "artifactType");
        if (is_attestation(row))
            wrong(Rule::not_an_image, "'" + digest + "' attests something about an image");
        else if (oci::media_kind(type) == oci::MediaKind::manifest)
            take_manifest(digest, type, platform);
        else if (oci::media_kind(type) != oci::MediaKind::index)
            wrong(Rule::not_an_image, what + " is of type '" + type + "', which is no image");
        else if (depth == 0)
            wrong(Rule::index_depth, "index '" + digest + "' is nested too deep");
        else
            read_index(digest, depth - 1);
    }

    void read_index(const std::string& digest, int depth)
    {
        const std::string what = "index '" + digest + "'";
        const json::value index = document(path_of(digest));
        check_version(index, what);
        if (oci::list_field(index, "manifests").empty())
            wrong(Rule::index_empty, what + " lists no manifest");
        std::set<std::string> platforms;
        for (const json::value& row : oci::list_field(index, "manifests")) {
            read_top(row, "a descriptor of " + what, depth);
            const json::value* platform = oci::field(row, "platform");
            const bool is_image =
                !is_attestation(row) && images_.contains(oci::text_field(row, "digest"));
            if (is_image && platform == nullptr)
                wrong(Rule::platform_missing, what + " has an image without platform");
            else if (is_image && !platforms.insert(oci::canonical_json(*platform)).second)
                wrong(Rule::platform_twice, what + " has two images for one platform");
        }
    }

    void take_manifest(const std::string& digest, const std::string& type,
                       const json::value* platform)
    {
        const std::string what = "manifest '" + digest + "'";
        const json::value manifest = document(path_of(digest));
        check_version(manifest, what);
        const std::string stated = oci::text_field(manifest, "mediaType");
        if (stated != type && !stated.empty())
            wrong(Rule::media_type,
                  what + " says the media type '" + stated + "', not '" + type + "'");
        wrong_of(what, annotation_findings(oci::field(manifest, "annotations"), "annotation"));
        const json::array& layers = oci::list_field(manifest, "layers");
        if (is_artifact(manifest)) {
            read_artifact(manifest, what);
            return;
        }
        images_.insert(digest);
        if (layers.empty())
            wrong(Rule::no_layers, what + " lists no layer");
        FoundImage image{.tag = tag_, .name = name_, .digest = digest};
        for (const json::value& layer : layers) {
            if (image.layers.size() >= kMaxLayers) {
                wrong(Rule::document_size, what + " lists more than 1024 layers");
                return;
            }
            const std::string name = check_descriptor(layer, "a layer of " + what);
            image.layers.push_back({.name = name,
                                    .path = name.empty() ? "" : path_of(name),
                                    .media_type = oci::text_field(layer, "mediaType")});
            check_encoding(image.layers.back());
        }
        const json::value* config = oci::field(manifest, "config");
        image.config_name =
            config == nullptr ? "" : check_descriptor(*config, "the configuration of " + what);
        if (config == nullptr)
            wrong(Rule::descriptor_form, what + " names no configuration");
        if (image.config_name.empty())
            return;
        read_config(image, path_of(image.config_name), platform);
    }

    // A document about an image, or whatever else others keep in registries.
    void read_artifact(const json::value& manifest, const std::string& what)
    {
        wrong(Rule::not_an_image, what + " binds no image");
        if (oci::text_field(manifest, "artifactType") != artifact_type_ && !artifact_type_.empty())
            wrong(Rule::artifact_form, what + " is of another type than its index says");
        if (const json::value* config = oci::field(manifest, "config"))
            check_descriptor(*config, "the configuration of " + what);
        for (const json::value& content : oci::list_field(manifest, "layers"))
            check_descriptor(content, "the content of " + what);
        const json::value* subject = oci::field(manifest, "subject");
        if (subject != nullptr && !find_(path_of(oci::text_field(*subject, "digest"))))
            wrong(Rule::subject_missing, what + " is about an image that is not here");
        else if (subject != nullptr)
            check_descriptor(*subject, "the subject of " + what);
    }

    // A layer's first bytes must be what its media type says.
    void check_encoding(const FoundLayer& layer)
    {
        const std::optional<Bytes> blob = layer.path.empty() ? std::nullopt : find_(layer.path);
        if (blob && oci::layer_encoding(layer.media_type) != layers::encoding_of(*blob))
            wrong(Rule::layer_type,
                  "layer '" + layer.name + "' is not of its media type '" + layer.media_type + "'");
    }

    void read_config(FoundImage& image, const std::string& path, const json::value* platform)
    {
        const std::string what = "configuration '" + image.config_name + "'";
        image.config = document(path);
        if (!image.config.is_object())
            return;
        image.platform = platform_of(image.config);
        const std::string arch = oci::text_field(image.config, "architecture");
        if (arch.empty() || oci::text_field(image.config, "os").empty())
            wrong(Rule::config_platform, what + " does not name its platform");
        if (platform != nullptr &&
            (oci::text_field(*platform, "architecture") != arch ||
             oci::text_field(*platform, "os") != oci::text_field(image.config, "os")))
            wrong(Rule::platform_differs, what + " is for another platform than its index says");
        wrong_of(what, config_findings(image.config));
        check_root(image, what);
        documents_.images.push_back(std::move(image));
    }

    void check_root(FoundImage& image, const std::string& what)
    {
        const json::value* root = oci::field(image.config, "rootfs");
        if (root == nullptr) {
            wrong(Rule::config_rootfs, what + " has no rootfs");
            return;
        }
        if (oci::text_field(*root, "type") != "layers")
            wrong(Rule::rootfs_type, what + " has a rootfs that is not of type 'layers'");
        const std::vector<std::string> diff_ids = oci::texts_field(*root, "diff_ids");
        if (diff_ids.size() != image.layers.size())
            wrong(Rule::config_rootfs, what + " lists " + std::to_string(diff_ids.size()) +
                                           " diffIDs for " + std::to_string(image.layers.size()) +
                                           " layers");
        for (std::size_t i = 0; i < std::min(diff_ids.size(), image.layers.size()); ++i)
            image.layers[i].diff_id = diff_ids[i];
    }

    // Beside a layout it must describe one of its images; alone it is all there is.
    void read_docker_manifest(bool beside_layout, const std::string& choice)
    {
        const json::value manifest = document("manifest.json");
        if (!manifest.is_array() || manifest.get_array().empty()) {
            wrong(Rule::docker_manifest, "'manifest.json' lists no image");
            return;
        }
        for (const json::value& row : manifest.get_array()) {
            if (!may_read_more())
                return;
            const std::string config = oci::text_field(row, "Config");
            FoundImage image{.config_name = config};
            const std::vector<std::string> tags = oci::texts_field(row, "RepoTags");
            image.tag = tags.empty() ? "" : tags.front();
            if (!oci::names_one_of(choice, tags))
                continue;
            image.name = image.tag;
            bool whole = check_docker_blob(config);
            for (const std::string& path : oci::texts_field(row, "Layers")) {
                whole = check_docker_blob(path) && whole;
                image.layers.push_back({.name = path, .path = path});
            }
            if (beside_layout && whole && !described(image))
                wrong(Rule::docker_manifest,
                      "'manifest.json' describes an image that 'index.json' does not");
            else if (image.layers.size() > kMaxLayers)
                wrong(Rule::document_size, "'manifest.json' lists more than 1024 layers");
            else if (!beside_layout && whole)
                read_config(image, config, nullptr);
        }
    }

    // Named by its path. Only some of the paths say a digest.
    bool check_docker_blob(const std::string& path)
    {
        const std::optional<Bytes> blob = find_(path);
        if (!blob) {
            wrong(Rule::blob_missing, "'manifest.json' names the missing blob '" + path + "'");
            return false;
        }
        std::string_view name = std::string_view(path).substr(path.rfind('/') + 1);
        const bool is_config = name.ends_with(".json");
        if (is_config)
            name.remove_suffix(std::string_view(".json").size());
        const std::string digest = "sha256:" + std::string(name);
        const bool says_digest = host::is_digest(digest) && (is_config || path == path_of(digest));
        if (says_digest && (is_config || depth_ == Depth::content) &&
            checked_.insert(digest).second && host::sha256(host::as_text(*blob)).text() != digest)
            wrong(Rule::blob_digest, "'" + path + "' does not match its digest");
        return true;
    }

    // By what it is made of: paths hold no NUL.
    static std::string parts_of(const FoundImage& image, std::string config)
    {
        for (const FoundLayer& layer : image.layers)
            (config += '\0') += layer.path;
        return config;
    }

    bool described(const FoundImage& image)
    {
        for (; described_to_ < documents_.images.size(); ++described_to_) {
            const FoundImage& other = documents_.images[described_to_];
            described_.insert(parts_of(other, path_of(other.config_name)));
        }
        return described_.contains(parts_of(image, image.config_name));
    }

    const FindMember& find_;
    Depth depth_;
    std::string tag_;                // of the row of 'index.json' that is being read
    std::string name_;               // likewise
    std::string artifact_type_;      // as the row says of what is being read
    std::set<std::string> checked_;  // digests: a shared blob is hashed once
    std::set<std::string> read_;     // manifests and indexes: digest and platform
    std::set<std::string> images_;   // digests of manifests that are no artifacts
    std::size_t manifests_ = 0;      // rows that were asked for one
    std::size_t document_bytes_ = 0;
    std::set<std::string> described_;  // parts_of() the layout's images, the first `described_to_`
    std::size_t described_to_ = 0;
    Documents documents_;
};

}  // namespace

Documents read_documents(const FindMember& find, Depth depth, const std::string& tag)
{
    return Reading(find, depth).run(tag);
}

}  // namespace outis::images::view
