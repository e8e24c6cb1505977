// The layers of an image, read again and applied one after the other: are they whole, do they
// unpack to what the configuration promises, does every engine unpack them alike.
// Source: OCI image specification 1.1, layer.md; for capabilities capabilities(7) and
// linux/capability.h.
#pragma once

#include <string>
#include <vector>

#include "view/documents.h"
#include "view/flattened.h"
#include "view/rules.h"

namespace outis::images::view {

struct UnpackedImage {
    FoundImage image = {};
    Flattened files = {};
    std::vector<LayerSum> layers = {};  // one each; of a damaged one what could be read
    std::string damage = {};  // why files are missing or wrong, a clause; empty if they are whole
    LayerLimits left = {};    // of the limits
    std::size_t steps = 0;    // of reading and applying them
    Findings findings = {};
};

UnpackedImage unpack_layers(const FindMember& find, const FoundImage& image,
                            const LayerLimits& limits);

}  // namespace outis::images::view
