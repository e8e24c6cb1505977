#include "oci/media_types.h"

#include <algorithm>
#include <array>

#include "oci/manifest.h"

namespace outis::images::oci {

namespace {

struct Row {
    std::string_view type;
    MediaKind kind;
    layers::Encoding encoding = layers::Encoding::none;  // of a layer
};

constexpr std::array kTypes{
    Row{kIndexType, MediaKind::index},
    Row{kManifestType, MediaKind::manifest},
    Row{kConfigType, MediaKind::config},
    Row{"application/vnd.oci.image.layer.v1.tar", MediaKind::layer},
    Row{"application/vnd.oci.image.layer.v1.tar+gzip", MediaKind::layer, layers::Encoding::gzip},
    Row{"application/vnd.oci.image.layer.v1.tar+zstd", MediaKind::layer, layers::Encoding::zstd},
    Row{kDockerIndexType, MediaKind::index},
    Row{kDockerManifestType, MediaKind::manifest},
    Row{"application/vnd.docker.container.image.v1+json", MediaKind::config},
    Row{"application/vnd.docker.image.rootfs.diff.tar", MediaKind::layer},
    Row{"application/vnd.docker.image.rootfs.diff.tar.gzip", MediaKind::layer,
        layers::Encoding::gzip},
    Row{"application/vnd.docker.image.rootfs.diff.tar.zstd", MediaKind::layer,
        layers::Encoding::zstd},
};

}  // namespace

MediaKind media_kind(std::string_view type)
{
    const auto* row = std::ranges::find(kTypes, type, &Row::type);
    return row == kTypes.end() ? MediaKind::unknown : row->kind;
}

std::optional<layers::Encoding> layer_encoding(std::string_view type)
{
    const auto* row = std::ranges::find(kTypes, type, &Row::type);
    if (row == kTypes.end() || row->kind != MediaKind::layer)
        return std::nullopt;
    return row->encoding;
}

}  // namespace outis::images::oci
