// Asks a finished image everything again: are the documents what the specification says, do sizes
// and digests hold, do the layers unpack to what the configuration promises.
// Source: OCI image specification 1.1, with the restrictions a strict builder keeps.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "outis/base/bytes.h"

namespace outis::images {

enum class Depth : std::uint8_t {
    structure,  // documents with their digests, names, sizes
    content,    // and every layer's digest, diffID and order
};

// The member of a layout by its path, or nothing if it is not there.
using FindMember = std::function<std::optional<Bytes>(const std::string& path)>;

// Everything that is wrong, one clause each; empty if the layout is sound. A docker archive's
// manifest.json beside it is checked too where there is one.
std::vector<std::string> validate(const FindMember& find, Depth depth);

}  // namespace outis::images
