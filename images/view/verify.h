// Everything about an image asked again, from what was written: documents, blobs, layers, files,
// programs, and how it starts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "view/documents.h"
#include "view/layers.h"
#include "view/rules.h"

namespace outis::images::view {

struct VerifyOptions {
    std::string tag = {};       // of a layout; empty: all it holds
    std::string platform = {};  // "linux/amd64"; empty: every one
    LayerLimits limits = {};
};

struct VerifiedImage {
    std::string platform = {};
    std::string tag = {};
    std::size_t layers = 0;
    std::size_t files = 0;       // names that a container sees
    std::uint64_t unpacked = 0;  // bytes of the layers' tars
};

struct Verified {
    std::vector<VerifiedImage> images = {};
    Findings findings = {};
    std::size_t steps = 0;  // of reading and applying all layers
};

// Lists all it can find; it never stops at the first.
Verified verify_image(const FindMember& find, const VerifyOptions& options);

std::size_t count_of(const Findings& findings, Severity severity);

}  // namespace outis::images::view
