// All that is copied of an image, in which order; found by following its manifests.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "places/source.h"

namespace outis::images::places {

constexpr std::size_t kMaxManifests = 1'000;
constexpr std::size_t kMaxDepth = 4;                    // of indexes in indexes
constexpr std::uint64_t kMaxManifestBytes = 64U << 20;  // of all of them

// What signs or describes an image by a tag made of its digest, as cosign did before 3:
// "sha256-HEX.sig", ".att", ".sbom". Source: cosign's SIGNATURE_SPEC.md, "Tag-based discovery".
struct Tagged {
    std::string tag = {};
    oci::Manifest manifest = {};
};

enum class About { nothing, referrers, referrers_and_tags };

struct CopyPlan {
    oci::Manifest top = {};
    std::vector<oci::Manifest> manifests = {};  // all others: children before parents
    std::vector<oci::Manifest> referrers = {};  // of any of them, and of those; children first, too
    std::vector<Tagged> tagged = {};
    std::vector<oci::Descriptor> blobs = {};  // each once
    std::vector<std::string> notes = {};      // what the user should know
};

// One digest with two sizes, or of a manifest with two types, is an error.
//
// `platform` as "linux/arm64" or "linux/arm/v7": that manifest of an index alone; kThisMachine: of
// an index this machine's, of a single image whatever it is; empty: all.
Result<CopyPlan, Error> plan_copy(ImageSource& source, const std::string& platform, About about);

}  // namespace outis::images::places
