// The documents that bind blobs together: manifest, index, and docker's manifest.json.
// Sources: OCI image specification 1.1, manifest.md ("Guidelines for Artifact Usage"),
// image-index.md, image-layout.md; the format of `docker save`.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "oci/reference.h"
#include "outis/images/image.h"

namespace outis::images::oci {

constexpr const char* kManifestType = "application/vnd.oci.image.manifest.v1+json";
constexpr const char* kIndexType = "application/vnd.oci.image.index.v1+json";
constexpr const char* kConfigType = "application/vnd.oci.image.config.v1+json";
constexpr const char* kEmptyType = "application/vnd.oci.empty.v1+json";
constexpr const char* kEmptyText = "{}";  // the configuration of what is no image
constexpr const char* kLayoutText = R"({"imageLayoutVersion":"1.0.0"})";

using Annotations = std::map<std::string, std::string>;

// A blob whose content is `text`.
Blob text_blob(std::string text);

std::string manifest_json(const Blob& config, std::span<const Layer> layers,
                          const Annotations& annotations);

// An index of images, one a platform.
std::string index_json(std::span<const Image> images, const Annotations& annotations);

// The manifest that says of `subject`, an image or an index of `subject_type`, that `content` is
// about it: a referrer. `type` is that of the artifact and of its content.
std::string artifact_json(const Blob& content, const std::string& type, const Blob& subject,
                          const std::string& subject_type);

// A layout's index.json with one descriptor, named so that every engine finds the same name.
// `reference` may be null for an image without name; `tag` is what it is called here, its own if
// empty.
std::string layout_index_json(const Blob& top, const std::string& media_type,
                              const Reference* reference, const std::string& tag = {});

std::string docker_manifest_json(const Image& image, std::span<const Reference> references);

// "blobs/sha256/HEX"
std::string blob_path(const Blob& blob);

}  // namespace outis::images::oci
