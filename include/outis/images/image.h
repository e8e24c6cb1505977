// A finished image: blobs, and how they hang together. Source: OCI image specification 1.1.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <variant>
#include <vector>

#include "outis/base/policy_layout.h"

namespace outis::images {

struct Blob {
    std::string digest = {};  // "sha256:HEX"
    std::uint64_t size = 0;
    std::variant<std::string, std::filesystem::path> content = {};
    std::uint64_t offset = 0;  // in a file, where the blob starts
};

// A file of a layer, as a bill of materials tells of it.
struct PackedFile {
    std::string path = {};  // in the image, without the leading '/'
    std::uint64_t size = 0;
    std::string sha256 = {};  // 64 digits
    std::string sha1 = {};    // 40 digits
    bool executable = false;
    std::filesystem::path source = {};  // on the host; empty for a file that was made here
};

struct Layer {
    Blob blob = {};
    std::string media_type = {};
    std::string diff_id = {};         // digest of the unpacked tar
    std::uint64_t unpacked_size = 0;  // bytes of that tar
    std::string created_by = {};
    std::vector<PackedFile> files = {};  // if they were asked for
};

// One image for one platform.
struct Image {
    policy::Arch arch = policy::Arch::x86_64;
    std::vector<Layer> layers = {};  // the lowest first
    Blob config = {};
    Blob manifest = {};
    std::string user = {};                // "UID:GID" as the configuration says, or empty
    std::vector<std::string> notes = {};  // what the user should know, a clause each
};

}  // namespace outis::images
