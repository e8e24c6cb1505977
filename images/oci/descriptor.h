// Manifests and indexes as they lie in a registry or a layout: their bytes, and what they name.
// Sources: OCI image specification 1.1; Docker's image manifest, version 2, schema 2.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "outis/error.h"

namespace outis::images::oci {

constexpr std::size_t kMaxManifest = 4U << 20;              // what registries accept
constexpr std::size_t kMaxDescriptors = 10'000;             // of one manifest
constexpr std::uint64_t kMaxBlob = std::uint64_t{1} << 40;  // 1 TiB; no registry takes as much

struct Descriptor {
    std::string media_type = {};
    std::string digest = {};  // "sha256:HEX"
    std::uint64_t size = 0;
    std::string platform = {};       // "linux/arm64" or "linux/arm/v7", where it is said
    std::string artifact_type = {};  // of a referrer

    bool operator==(const Descriptor&) const = default;
};

struct Manifest {
    Descriptor descriptor = {};
    std::string text = {};
    std::vector<Descriptor> manifests = {};  // of an index: manifests, or further indexes
    std::vector<Descriptor> blobs = {};      // of a manifest: configuration and layers
    std::string subject = {};                // the digest of what it refers to, or empty

    [[nodiscard]] bool is_index() const;
};

// Media types a manifest may have, for Accept.
std::string accepted_types();

// `media_type` is what the registry or the index said, or empty; a manifest without a word of its
// own is of that type. One that is a manifest and an index at once, or says another type of itself,
// is refused, as are digests but SHA-256.
Result<Manifest, Error> read_manifest(std::string media_type, std::string text);

// A layer that its manifest says to fetch elsewhere and never to push.
bool is_foreign(const Descriptor& blob);

// The index of referrers `old` (empty: none yet) with one row more, as the fallback tag holds it;
// rows that are there stay as they are.
Result<std::string, Error> index_with(const std::string& old, const Manifest& referrer);

}  // namespace outis::images::oci
