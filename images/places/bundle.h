// What is delivered: the images of one bake with the names they shall have.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "oci/reference.h"
#include "outis/images/image.h"

namespace outis::images::places {

constexpr const char* kSpdxType = "application/spdx+json";  // IANA, media types
constexpr const char* kProvenanceType =
    "application/vnd.in-toto+json";  // in-toto attestation, bundle

// What is known about the images and goes with them: a file beside a tar, a referrer in a layout.
struct Document {
    std::string media_type = {};  // and artifact type
    std::string ending = {};      // of the file beside "x.tar": ".spdx.json"
    Blob blob = {};
};

struct Bundle {
    std::vector<Image> images = {};               // one a platform
    std::optional<Blob> index = {};               // over them, if there are several
    std::vector<oci::Reference> references = {};  // the first is what a layout says
    std::vector<Document> documents = {};         // about top()

    // What a tag points to: the index, else the only manifest.
    [[nodiscard]] const Blob& top() const { return index ? *index : images.front().manifest; }
};

}  // namespace outis::images::places
