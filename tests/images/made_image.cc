#include "made_image.h"

#include <algorithm>

#include "fixture.h"
#include "host/digest.h"
#include "host/input.h"
#include "layers/gzip.h"
#include "oci/manifest.h"

namespace outis::images::testing {

Blob MadeImage::add(const std::string& text)
{
    const Blob blob = oci::text_blob(text);
    members[oci::blob_path(blob)] = text;
    return blob;
}

view::FindMember MadeImage::find() const
{
    return [this](const std::string& path) -> std::optional<Bytes> {
        const auto found = members.find(path);
        return found == members.end() ? std::nullopt : std::optional(host::as_bytes(found->second));
    };
}

std::string MadeImage::archive() const
{
    MadeLayer entries;
    for (const auto& [path, content] : members)
        entries.push_back({.entry = {.path = path}, .content = content});
    return tar_of(entries);
}

Parts::Parts()
{
    const auto folder = [](const char* path) {
        return MadeEntry{
            .entry = {.path = path, .kind = layers::EntryKind::directory, .mode = 0755}};
    };
    layers = {{
        {.entry = {.path = "app", .mode = 0755}, .content = make_elf({})},
        folder("etc"),
        {.entry = {.path = "etc/group"}, .content = "root:x:0:\n"},
        {.entry = {.path = "etc/passwd"}, .content = "root:x:0:0:root:/:/\n"},
        folder("etc/ssl"),
        folder("etc/ssl/certs"),
        {.entry = {.path = "etc/ssl/certs/ca-certificates.crt"}, .content = "certificates"},
        folder("usr"),
        folder("usr/share"),
        folder("usr/share/zoneinfo"),
        {.entry = {.path = "usr/share/zoneinfo/UTC"}, .content = "TZif"},
    }};
}

void Parts::put(const layers::TarEntry& entry, const std::string& content)
{
    MadeLayer& layer = layers.front();
    std::erase_if(layer, [&](const MadeEntry& old) { return old.entry.path == entry.path; });
    const auto after = std::ranges::find_if(
        layer, [&](const MadeEntry& old) { return old.entry.path > entry.path; });
    layer.insert(after, {.entry = entry, .content = content});
}

void Parts::append(const layers::TarEntry& entry, const std::string& content)
{
    layers.front().push_back({.entry = entry, .content = content});
}

std::string tar_of(const MadeLayer& layer)
{
    std::string tar;
    for (const MadeEntry& made : layer) {
        layers::TarEntry entry = made.entry;
        entry.size = made.content.size();
        tar += layers::tar_header(entry) + made.content +
               std::string(layers::tar_padding(made.content.size()), '\0');
    }
    return tar + layers::tar_end();
}

std::string descriptor(const Blob& blob, const std::string& type)
{
    return R"({"digest":")" + blob.digest + R"(","mediaType":")" + type + R"(","size":)" +
           std::to_string(blob.size) + "}";
}

MadeImage make_image(const Parts& parts)
{
    MadeImage image;
    std::string diff_ids;
    std::string history;
    std::string rows;
    std::string paths;
    for (const MadeLayer& layer : parts.layers) {
        const std::string tar = parts.raw_layer.empty() ? tar_of(layer) : parts.raw_layer;
        const Blob blob = image.add(layers::gzip_member(host::as_bytes(tar), 1));
        const std::string comma = rows.empty() ? "" : ",";
        const std::string diff_id =
            parts.diff_id.empty() ? host::sha256(tar).text() : parts.diff_id;
        diff_ids += comma + '"' + diff_id + '"';
        history += comma + R"({"created_by":"test"})";
        rows += comma + descriptor(blob, parts.layer_type);
        paths += comma + '"' + oci::blob_path(blob) + '"';
    }
    if (!parts.history.empty())
        history = parts.history;
    const Blob config =
        image.add("{" + parts.platform + R"(,"created":")" + parts.created + R"(","config":)" +
                  parts.run + R"(,"history":[)" + history + R"(],"rootfs":{"type":")" +
                  parts.rootfs_type + R"(","diff_ids":[)" + diff_ids + "]}}");
    const Blob manifest =
        image.add(R"({"schemaVersion":)" + parts.version + R"(,"mediaType":")" +
                  parts.manifest_type + R"(","config":)" + descriptor(config, parts.config_type) +
                  R"(,"layers":[)" + rows + R"(],"annotations":)" + parts.annotations + "}");
    std::string top = descriptor(manifest, oci::kManifestType);
    if (!parts.index_platform.empty()) {
        top.pop_back();
        const Blob index = image.add(R"({"schemaVersion":2,"manifests":[)" + top +
                                     R"(,"platform":)" + parts.index_platform + "}]}");
        top = descriptor(index, oci::kIndexType);
    }
    image.members["oci-layout"] = parts.layout;
    image.members["index.json"] = R"({"schemaVersion":2,"manifests":[)" + top + "]}";
    image.members["manifest.json"] = R"([{"Config":")" + oci::blob_path(config) +
                                     R"(","RepoTags":["test:1"],"Layers":[)" + paths + "]}]";
    return image;
}

}  // namespace outis::images::testing
