// A bake: from programs or Go source to an image that is delivered.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "outis/error.h"
#include "outis/images/progress.h"

namespace outis::images::bake {

// What is made: an image of programs, or one to build others FROM.
enum class Product : std::uint8_t {
    app,
    base,          // all that an app's image has but the app
    certificates,  // the bundle of certificates alone
    hardened,      // an image that is there, with PID 1 and a policy
};

// What `outis bake` and `outis base` can be told, as it is written. Empty means the default.
struct BakeOptions {
    Product product = Product::app;
    std::vector<std::string> apps = {};  // ELF files, or one directory with Go source; of a base:
                                         // those whose libraries it shall have
    std::string root = {};               // where the apps and their libraries lie; this machine
    std::vector<std::string> arguments = {};  // of the app
    std::string config = {};                  // outis.toml, or "none"

    std::vector<std::string> tags = {};         // NAME[:TAG]
    std::vector<std::string> outputs = {};      // FILE or TRANSPORT:REF
    std::vector<std::string> platforms = {};    // linux/amd64
    std::vector<std::string> labels = {};       // KEY=VALUE
    std::vector<std::string> annotations = {};  // KEY=VALUE
    std::string compress = {};                  // gzip[:1-12], zstd[:1-19], none
    std::string sbom = {};                      // spdx or none
    std::string provenance = {};                // slsa or none
    std::string tls_ca = {};                    // of a registry: PEM file
    std::string authfile = {};                  // with credentials for registries
    bool plain_http = false;                    // registries are asked without TLS

    std::string from = {};         // an image to put the app on, as `outis copy` takes it
    bool keep_entrypoint = false;  // its entrypoint starts the app
    std::string profile = {};
    std::string user = {};                      // USER[:GROUP]
    std::vector<std::string> environment = {};  // NAME=VALUE, or NAME of this process's
    std::vector<std::string> env_files = {};    // of such lines
    std::string entrypoint = {};                // what PID 1 starts: a word, or a JSON array
    std::vector<std::string> ports = {};        // PORT[/udp]
    std::vector<std::string> volumes = {};      // absolute paths
    std::string workdir = {};
    std::string stop_signal = {};
    std::string health = {};  // a URL for PID 1's probe
    std::string health_interval = {};
    std::string health_timeout = {};
    std::string health_start_period = {};
    std::string health_retries = {};
    std::vector<std::string> capabilities = {};  // PROGRAM=CAPS, as cap_from_text(3) reads them

    std::vector<std::string> add = {};          // SRC:DST[:MODE[:UID:GID]]
    std::vector<std::string> exclude = {};      // patterns of what folders of `add` do not give
    std::vector<std::string> directories = {};  // PATH[:MODE[:UID:GID]]
    std::vector<std::string> links = {};        // PATH:TARGET
    std::vector<std::string> libraries = {};    // paths in the root, or names to look for
    std::vector<std::string> packages = {};     // of the root, with what they depend on
    std::vector<std::string> provided = {};     // libraries that the host brings
    std::string locale = {};                    // C.UTF-8
    std::string trace = {};                     // a command, run once to see what it opens
    std::vector<std::string> accounts = {};     // NAME:UID[:GID]
    std::string ca = {};                        // pinned, host, none, or a file
    std::vector<std::string> ca_add = {};       // PEM files
    std::string zones = {};                     // slim, none, or zones with commas
    std::string localtime = {};                 // a zone
    std::string os_release = {};                // outis or none
    bool no_package_database = false;           // no list of the packages that files are from
    std::vector<std::string> debug = {};        // static shells, one a platform

    std::string go_main = {};  // the package, "./cmd/x"
    std::optional<std::string> go_ldflags = {};
    std::string go_tags = {};
    std::vector<std::string> go_flags = {};
    std::string go_cgo = {};    // 0 or 1
    std::string go_fetch = {};  // an empty folder for a module that fetches what is missing
    bool go_test = false;
    bool no_git = false;
    bool pack = false;         // the programs, by upx
    bool binary_only = false;  // no image: what Go compiled
};

struct Baked {
    std::string name = {};                    // "hello:latest"
    std::vector<std::string> outputs = {};    // as they were given, or the default
    std::vector<std::string> documents = {};  // files beside them
    std::string digest = {};                  // of the manifest, or of the index over several
    std::vector<std::string> platforms = {};
    std::string profile = {};
    std::string user = {};                // "65534:65534", or empty
    std::uint64_t unpacked_size = 0;      // bytes of the layers' tars, of the first platform
    std::uint64_t pulled_size = 0;        // bytes of its blobs
    std::vector<std::string> notes = {};  // what the user should know, a clause each
};

Result<Baked, Error> bake(const BakeOptions& options, const Progress& progress);

// For options.binary_only: the programs alone. Answers the files that were written.
Result<std::vector<std::string>, Error> bake_binaries(const BakeOptions& options,
                                                      const Progress& progress);

}  // namespace outis::images::bake
