// A bake: from programs or Go source to an image that is delivered.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "outis/error.h"

namespace outis::images {

// What `outis bake` can be told. Empty means the default.
struct BakeOptions {
    std::vector<std::string> apps = {};       // ELF files, or one directory with Go source
    std::vector<std::string> arguments = {};  // of the app
    std::vector<std::string> tags = {};       // NAME[:TAG]
    std::vector<std::string> outputs = {};    // FILE or TRANSPORT:REF
    std::vector<std::string> platforms = {};  // linux/amd64
    std::string profile = {};
    std::string user = {};                   // USER[:GROUP]
    std::vector<std::string> accounts = {};  // NAME:UID[:GID]
    std::vector<std::string> ca_add = {};    // PEM files
    std::map<std::string, std::string> environment = {};
    std::map<std::string, std::string> labels = {};
    std::vector<std::string> ports = {};
    std::string go_main = {};  // the package, "./cmd/x"
    std::optional<std::string> go_ldflags = {};
    std::string go_tags = {};
    std::vector<std::string> go_flags = {};
    bool go_test = false;
};

struct Baked {
    std::string name = {};                  // "hello:latest"
    std::vector<std::string> outputs = {};  // as they were given, or the default
    std::string digest = {};                // of the manifest, or of the index over several
    std::vector<std::string> platforms = {};
    std::string profile = {};
    std::string user = {};            // "65534:65534", or empty
    std::uint64_t unpacked_size = 0;  // bytes of the layers' tars, of the first platform
    std::uint64_t pulled_size = 0;    // bytes of its blobs
};

// Told what goes on, before each step that may take seconds.
using Progress = std::function<void(std::string_view)>;

Result<Baked, Error> bake(const BakeOptions& options, const Progress& progress);

}  // namespace outis::images
