// What documents call each other: the types of OCI, and those that Docker had before them.
// Sources: OCI image specification 1.1, media-types.md; Docker's image manifest version 2,
// schema 2.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "layers/compress.h"

namespace outis::images::oci {

constexpr std::string_view kDockerIndexType =
    "application/vnd.docker.distribution.manifest.list.v2+json";
constexpr std::string_view kDockerManifestType =
    "application/vnd.docker.distribution.manifest.v2+json";

enum class MediaKind : std::uint8_t { unknown, index, manifest, config, layer };

MediaKind media_kind(std::string_view type);

// How a layer of this type is compressed; nothing if it is no type of a layer.
std::optional<layers::Encoding> layer_encoding(std::string_view type);

}  // namespace outis::images::oci
