// An existing image that another is put on top of: its documents, its layers as they are, and what
// a container of it sees.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <boost/json/value.hpp>

#include "layers/store.h"
#include "oci/manifest.h"
#include "oci/reference.h"
#include "outis/base/policy_layout.h"
#include "outis/error.h"
#include "outis/images/image.h"
#include "places/source.h"
#include "view/flattened.h"

namespace outis::images::bake {

// For one platform.
struct BaseImage {
    policy::Arch arch = policy::Arch::x86_64;
    std::string digest = {};  // of its manifest
    oci::Annotations annotations = {};
    boost::json::value config = {};  // the whole document, an object
    std::vector<Layer> layers = {};  // the blobs as they are; types in OCI's words
    view::Flattened files = {};

    [[nodiscard]] bool is_scratch() const { return digest.empty(); }
};

struct BaseImages {
    std::string name = {};  // "docker.io/library/x:1" where a registry or a daemon has it, or empty
    oci::Reference called = {};         // by that name, or by the one it carries, or as its file
    oci::Annotations annotations = {};  // of the index; empty for a single image
    std::vector<BaseImage> list = {};   // at least one, one a platform
    std::vector<std::string> notes = {};
    std::unique_ptr<places::ImageSource> source = {};  // of blobs that are not in the store
};

// `platforms` empty: every one that there is PID 1 for. Layers are read through: a damaged one, one
// of an unknown type or one to be fetched elsewhere is an error.
Result<BaseImages, Error> open_base(const std::string& text,
                                    const std::vector<policy::Arch>& platforms,
                                    const registry::RegistrySettings& registries,
                                    const layers::BlobStore& store);

// Nothing, for each of `platforms`; `time` is that of the image, seconds since 1970.
BaseImages scratch(const std::vector<policy::Arch>& platforms, std::int64_t time);

// What a container sees of `layers`, which have their diffIDs; gives each its unpacked size.
Result<view::Flattened, Error> seen_files(std::vector<Layer>& layers);

// Those of `annotations` that a manifest of ours may have.
oci::Annotations kept_annotations(const oci::Annotations& annotations);

// Has `annotations` say what the image lies on; `name` may be empty.
// Source: OCI image specification 1.1, annotations.md.
constexpr const char* kBaseNameKey = "org.opencontainers.image.base.name";
constexpr const char* kBaseDigestKey = "org.opencontainers.image.base.digest";
void set_base(oci::Annotations& annotations, const std::string& name, const std::string& digest);

}  // namespace outis::images::bake
