// What a layout or a tar holds, whoever made it.
#pragma once

#include <string>
#include <vector>

#include "oci/reference.h"
#include "outis/images/image.h"
#include "places/bundle.h"
#include "places/referrers.h"

namespace outis::images::places {

enum class Maker {
    us,      // strict rules apply, and are checked before anything gets its name
    others,  // digests and sizes hold; the rest is as it came
};

struct Contents {
    Maker maker = Maker::us;
    std::vector<Blob> blobs = {};    // of the image, manifests too; each digest once
    std::vector<Image> images = {};  // those that a docker archive can name, one a platform
    Blob top = {};
    std::string top_type = {};
    std::vector<oci::Reference> references = {};
    std::string tag = {};                  // in index.json; empty: the first reference's
    std::vector<Referrer> referrers = {};  // of a layout or a registry; a tar has none
    std::vector<Blob> about = {};          // their manifests, and what those name
};

Contents contents_of(const Bundle& bundle);

}  // namespace outis::images::places
