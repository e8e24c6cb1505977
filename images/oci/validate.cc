#include "oci/validate.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

#include <boost/json/value.hpp>

#include "files/digest.h"
#include "files/input.h"
#include "oci/json.h"
#include "oci/manifest.h"
#include "oci/validate_config.h"
#include "pack/compress.h"
#include "pack/tar_reader.h"

namespace outis::images {

namespace json = boost::json;

namespace {

constexpr std::size_t kMaxDocument = 4 << 20;  // what registries accept
constexpr std::size_t kMaxMember = 1 << 30;

const json::value* member(const json::value& value, const char* name)
{
    return value.is_object() ? value.get_object().if_contains(name) : nullptr;
}

std::string text_of(const json::value* value)
{
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

const json::array& array_of(const json::value* value)
{
    static const json::array kNone;
    return value != nullptr && value->is_array() ? value->get_array() : kNone;
}

std::vector<std::string> texts_of(const json::value* value)
{
    std::vector<std::string> texts;
    for (const json::value& item : array_of(value))
        texts.push_back(text_of(&item));
    return texts;
}

bool is_number(const json::value* value, std::int64_t expected)
{
    return value != nullptr && value->is_int64() && value->get_int64() == expected;
}

std::string path_of(const std::string& digest)
{
    return blob_path(Blob{.digest = digest, .content = {}});
}

class Validation {
public:
    Validation(const FindMember& find, Depth depth) : find_(find), depth_(depth) {}

    std::vector<std::string> run()
    {
        const bool docker = find_("manifest.json").has_value();
        const bool layout =
            !docker || find_("oci-layout").has_value() || find_("index.json").has_value();
        if (layout)
            check_layout();
        if (docker)
            check_docker_manifest(layout);
        return std::move(problems_);
    }

private:
    void wrong(std::string what) { problems_.push_back(std::move(what)); }

    json::value document(const std::string& path)
    {
        const std::optional<Bytes> bytes = find_(path);
        if (!bytes) {
            wrong("'" + path + "' is missing");
            return {};
        }
        if (bytes->size() > kMaxDocument) {
            wrong("'" + path + "' is larger than 4 MiB");
            return {};
        }
        Result<json::value, Error> value = parse_json(as_text(*bytes), path);
        if (!value) {
            wrong(value.error().text);
            return {};
        }
        return value.take();
    }

    // The digest of a descriptor whose blob is there in the size it says; else empty.
    std::string check_descriptor(const json::value& descriptor, const std::string& what)
    {
        const std::string digest = text_of(member(descriptor, "digest"));
        if (text_of(member(descriptor, "mediaType")).empty())
            wrong(what + " has no media type");
        if (!is_digest(digest)) {
            wrong(what + " has the malformed digest '" + digest + "'");
            return {};
        }
        const std::optional<Bytes> blob = find_(path_of(digest));
        if (!blob) {
            wrong(what + " names the missing blob '" + digest + "'");
            return {};
        }
        if (!is_number(member(descriptor, "size"), static_cast<std::int64_t>(blob->size())))
            wrong(what + " states another size than its blob of " + std::to_string(blob->size()) +
                  " bytes");
        const bool is_document = text_of(member(descriptor, "mediaType")).ends_with("json");
        if ((depth_ == Depth::content || is_document) && sha256(as_text(*blob)).text() != digest)
            wrong(what + " has a blob that does not match '" + digest + "'");
        return digest;
    }

    void check_layout()
    {
        if (text_of(member(document("oci-layout"), "imageLayoutVersion")) != "1.0.0")
            wrong("'oci-layout' does not say version 1.0.0");
        const json::value index = document("index.json");
        check_index_head(index, "index.json");
        for (const json::value& row : array_of(member(index, "manifests")))
            check_top(row);
    }

    void check_index_head(const json::value& index, const std::string& name)
    {
        if (!is_number(member(index, "schemaVersion"), 2))
            wrong("'" + name + "' does not say schemaVersion 2");
        if (array_of(member(index, "manifests")).empty())
            wrong("'" + name + "' lists no manifest");
    }

    void check_top(const json::value& row)
    {
        const std::string digest = check_descriptor(row, "a descriptor of 'index.json'");
        if (digest.empty())
            return;
        if (member(row, "artifactType") != nullptr) {
            check_artifact(digest, text_of(member(row, "artifactType")));
            return;
        }
        if (text_of(member(row, "mediaType")) == kManifestType) {
            check_manifest(digest, nullptr);
            return;
        }
        const json::value index = document(path_of(digest));
        check_index_head(index, digest);
        std::set<std::string> platforms;
        for (const json::value& child : array_of(member(index, "manifests"))) {
            const std::string manifest =
                check_descriptor(child, "a descriptor of index '" + digest + "'");
            const json::value* platform = member(child, "platform");
            if (platform == nullptr)
                wrong("index '" + digest + "' has an image without platform");
            else if (!platforms.insert(canonical_json(*platform)).second)
                wrong("index '" + digest + "' has two images for one platform");
            if (!manifest.empty())
                check_manifest(manifest, platform);
        }
    }

    // A document about an image that is here too.
    void check_artifact(const std::string& digest, const std::string& type)
    {
        const std::string what = "artifact '" + digest + "'";
        const json::value manifest = document(path_of(digest));
        if (!is_number(member(manifest, "schemaVersion"), 2) ||
            text_of(member(manifest, "mediaType")) != kManifestType)
            wrong(what + " is no manifest of schemaVersion 2");
        if (text_of(member(manifest, "artifactType")) != type)
            wrong(what + " is of another type than its index says");
        const json::value* subject = member(manifest, "subject");
        if (subject == nullptr)
            wrong(what + " has no subject");
        else
            check_descriptor(*subject, "the subject of " + what);
        const json::value* config = member(manifest, "config");
        if (config == nullptr || text_of(member(*config, "mediaType")) != kEmptyType)
            wrong(what + " has a configuration");
        else
            check_descriptor(*config, "the configuration of " + what);
        const json::array& contents = array_of(member(manifest, "layers"));
        if (contents.empty())
            wrong(what + " holds nothing");
        for (const json::value& content : contents)
            check_descriptor(content, "the content of " + what);
    }

    void check_manifest(const std::string& digest, const json::value* platform)
    {
        const std::string what = "manifest '" + digest + "'";
        const json::value manifest = document(path_of(digest));
        if (!is_number(member(manifest, "schemaVersion"), 2))
            wrong(what + " does not say schemaVersion 2");
        if (text_of(member(manifest, "mediaType")) != kManifestType)
            wrong(what + " does not say its media type");
        const json::value* config = member(manifest, "config");
        const json::array& layers = array_of(member(manifest, "layers"));
        if (layers.empty())
            wrong(what + " lists no layer");
        for (const std::string& problem :
             annotation_problems(member(manifest, "annotations"), "annotation"))
            wrong(what + ": " + problem);
        std::vector<std::string> layer_digests;
        for (const json::value& layer : layers) {
            layer_digests.push_back(check_descriptor(layer, "a layer of " + what));
            check_encoding(text_of(member(layer, "mediaType")), layer_digests.back());
        }
        const std::string config_digest =
            config == nullptr ? "" : check_descriptor(*config, "the configuration of " + what);
        if (config_digest.empty())
            return;
        check_config(config_digest, layer_digests, platform);
        images_.emplace_back(config_digest, layer_digests);
    }

    // A layer's first bytes must be what its media type says.
    void check_encoding(const std::string& media_type, const std::string& digest)
    {
        const std::optional<Bytes> blob = digest.empty() ? std::nullopt : find_(path_of(digest));
        if (blob && media_type != layer_media_type(encoding_of(*blob)))
            wrong("layer '" + digest + "' is not of its media type '" + media_type + "'");
    }

    void check_config(const std::string& digest, const std::vector<std::string>& layers,
                      const json::value* platform)
    {
        const std::string what = "configuration '" + digest + "'";
        const json::value config = document(path_of(digest));
        const std::string arch = text_of(member(config, "architecture"));
        if (arch.empty() || text_of(member(config, "os")).empty())
            wrong(what + " does not name its platform");
        if (platform != nullptr && text_of(member(*platform, "architecture")) != arch)
            wrong(what + " is for another architecture than its index says");
        const json::value* rootfs = member(config, "rootfs");
        if (rootfs == nullptr || text_of(member(*rootfs, "type")) != "layers") {
            wrong(what + " has no rootfs of type 'layers'");
            return;
        }
        for (const std::string& problem : run_problems(config))
            wrong(what + ": " + problem);
        const std::vector<std::string> diff_ids = texts_of(member(*rootfs, "diff_ids"));
        if (diff_ids.size() != layers.size())
            wrong(what + " lists " + std::to_string(diff_ids.size()) + " diffIDs for " +
                  std::to_string(layers.size()) + " layers");
        std::size_t filled = 0;
        for (const json::value& row : array_of(member(config, "history"))) {
            const json::value* empty = member(row, "empty_layer");
            filled += empty != nullptr && empty->is_bool() && empty->get_bool() ? 0U : 1U;
        }
        if (filled != diff_ids.size())
            wrong(what + " tells a history of " + std::to_string(filled) + " layers, not " +
                  std::to_string(diff_ids.size()));
        if (depth_ != Depth::content)
            return;
        for (std::size_t i = 0; i < std::min(diff_ids.size(), layers.size()); ++i)
            check_layer(layers[i], diff_ids[i]);
    }

    void check_layer(const std::string& digest, const std::string& diff_id)
    {
        const std::string what = "layer '" + digest + "'";
        const std::optional<Bytes> blob = digest.empty() ? std::nullopt : find_(path_of(digest));
        if (!blob)
            return;
        Sha256 hash;
        std::string last;
        std::set<std::string> paths;
        std::set<std::string> capable;
        TarReader reader([&](const TarMember& entry) -> Result<Done, Error> {
            check_entry(entry.entry, last, paths, what);
            if (!entry.entry.capability.empty())
                capable.insert(entry.entry.path);
            if (entry.entry.kind == EntryKind::hardlink && capable.contains(entry.entry.target))
                wrong(what + ": '" + entry.entry.target +
                      "' has capabilities and a second name, which drops them");
            last = entry.entry.path;
            paths.insert(entry.entry.path);
            return Done{};
        });
        Result<Done, Error> read =
            decompress(*blob, encoding_of(*blob), kMaxMember, [&](Bytes bytes) {
                hash.update(bytes);
                return reader.feed(bytes);
            });
        if (read)
            read = reader.finish();
        if (!read)
            wrong(what + ": " + read.error().text);
        else if (hash.finish().text() != diff_id)
            wrong(what + " does not unpack to its diffID '" + diff_id + "'");
    }

    void check_entry(const TarEntry& entry, const std::string& last,
                     const std::set<std::string>& before, const std::string& what)
    {
        const std::string quoted = "'" + entry.path + "'";
        if (!last.empty() && entry.path <= last)
            wrong(what + ": " + quoted + " is out of order or there twice");
        if (!tree_key("/" + entry.path) || entry.path.starts_with('/'))
            wrong(what + ": " + quoted + " is no clean relative path");
        const std::size_t slash = entry.path.rfind('/');
        if (slash != std::string::npos && !before.contains(entry.path.substr(0, slash)))
            wrong(what + ": " + quoted + " comes without its directory");
        if (entry.kind == EntryKind::hardlink && !before.contains(entry.target))
            wrong(what + ": " + quoted + " links to '" + entry.target +
                  "', which is not before it");
    }

    // Beside a layout it must describe one of its images; alone it is all there is.
    void check_docker_manifest(bool beside_layout)
    {
        const json::value manifest = document("manifest.json");
        if (array_of(&manifest).empty())
            wrong("'manifest.json' lists no image");
        for (const json::value& row : array_of(&manifest)) {
            const std::string config = digest_of(text_of(member(row, "Config")));
            std::vector<std::string> layers;
            for (const std::string& path : texts_of(member(row, "Layers")))
                layers.push_back(digest_of(path));
            const DescribedImage image{config, layers};
            if (!beside_layout)
                check_config(config, layers, nullptr);
            else if (std::ranges::find(images_, image) == images_.end())
                wrong("'manifest.json' describes an image that 'index.json' does not");
        }
    }

    // Of a blob that 'manifest.json' names by its path.
    std::string digest_of(const std::string& path)
    {
        const std::string digest = "sha256:" + path.substr(path.rfind('/') + 1);
        const std::optional<Bytes> blob = find_(path);
        if (!blob)
            wrong("'manifest.json' names the missing blob '" + path + "'");
        else if (depth_ == Depth::content && sha256(as_text(*blob)).text() != digest)
            wrong("'" + path + "' does not match its digest");
        return digest;
    }

    using DescribedImage = std::pair<std::string, std::vector<std::string>>;  // config, layers

    const FindMember& find_;
    Depth depth_;
    std::vector<std::string> problems_;
    std::vector<DescribedImage> images_;
};

}  // namespace

std::vector<std::string> validate(const FindMember& find, Depth depth)
{
    return Validation(find, depth).run();
}

}  // namespace outis::images
