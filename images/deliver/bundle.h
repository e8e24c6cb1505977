// What is delivered: the images of one bake with the names they shall have.
#pragma once

#include <optional>
#include <vector>

#include "oci/reference.h"
#include "outis/images/image.h"

namespace outis::images {

struct Bundle {
    std::vector<Image> images = {};          // one a platform
    std::optional<Blob> index = {};          // over them, if there are several
    std::vector<Reference> references = {};  // the first is what a layout says

    // What a tag points to: the index, else the only manifest.
    [[nodiscard]] const Blob& top() const { return index ? *index : images.front().manifest; }
};

}  // namespace outis::images
