// The documents of an image, from the top down: are they what the specification says, do sizes and
// digests hold. What they describe is answered with what is wrong with them.
// Source: OCI image specification 1.1, with the restrictions a strict builder keeps; the form of
// `docker save` for a manifest.json, which may stand alone or beside a layout.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <boost/json/value.hpp>

#include "outis/base/bytes.h"
#include "view/rules.h"

namespace outis::images::view {

enum class Depth : std::uint8_t {
    structure,  // documents with their digests, names, sizes
    content,    // and the digests of all other blobs
};

// The member of a layout by its path, or nothing if it is not there.
using FindMember = std::function<std::optional<Bytes>(const std::string& path)>;

struct FoundLayer {
    std::string name = {};        // its digest, or its path in a docker archive
    std::string path = {};        // of its blob among the members
    std::string media_type = {};  // empty in a docker archive
    std::string diff_id = {};     // as the configuration says
};

struct FoundImage {
    std::string platform = {};  // "linux/amd64", "linux/arm/v7"
    std::string tag = {};       // what the layout or archive calls it
    std::string name = {};      // what engines call it, "docker.io/library/x:1"; may be empty
    std::string digest = {};    // of the manifest; empty in a docker archive
    std::string config_name = {};
    boost::json::value config = {};
    std::vector<FoundLayer> layers = {};
};

struct Documents {
    std::vector<FoundImage> images = {};
    Findings findings = {};
};

// `tag` empty: everything; else what 'index.json' calls so.
Documents read_documents(const FindMember& find, Depth depth, const std::string& tag = {});

}  // namespace outis::images::view
