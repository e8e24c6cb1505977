// Images in memory, put together from parts that can be wrong.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "layers/tar.h"
#include "outis/images/image.h"
#include "view/verify.h"

namespace outis::images::testing {

struct MadeEntry {
    layers::TarEntry entry = {};
    std::string content = {};
};

using MadeLayer = std::vector<MadeEntry>;

// Members of a layout by their paths.
struct MadeImage {
    std::map<std::string, std::string> members = {};

    // As a blob; answers what it is called.
    Blob add(const std::string& text);
    [[nodiscard]] view::FindMember find() const;
    // All of it as one tar, as an archive holds it.
    [[nodiscard]] std::string archive() const;
};

// What is empty here is made as it should be.
struct Parts {
    Parts();

    std::vector<MadeLayer> layers;  // one, of a program that can start, with all that it may need
    std::string raw_layer = {};     // the tar of the only layer
    std::string layout = R"({"imageLayoutVersion":"1.0.0"})";
    std::string platform = R"("architecture":"amd64","os":"linux")";
    std::string index_platform = {};  // "platform" of the image's row in an index above it
    std::string run = R"({"Entrypoint":["/app"],"User":"65534:65534"})";
    std::string created = "1970-01-01T00:00:00Z";
    std::string history = {};
    std::string rootfs_type = "layers";
    std::string diff_id = {};
    std::string version = "2";
    std::string manifest_type = "application/vnd.oci.image.manifest.v1+json";
    std::string config_type = "application/vnd.oci.image.config.v1+json";
    std::string layer_type = "application/vnd.oci.image.layer.v1.tar+gzip";
    std::string annotations = "{}";

    // Into the first layer, at its place; what has that path is replaced.
    void put(const layers::TarEntry& entry, const std::string& content = {});
    // The same at the end, whatever is there.
    void append(const layers::TarEntry& entry, const std::string& content = {});
};

MadeImage make_image(const Parts& parts);

std::string tar_of(const MadeLayer& layer);
// {"digest":…,"mediaType":…,"size":…}
std::string descriptor(const Blob& blob, const std::string& type);

}  // namespace outis::images::testing
