// Images from one place to another: to and from registries, layouts and tars.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "outis/error.h"

namespace outis::images::places {

// How registries are spoken to.
struct RemoteOptions {
    std::string tls_ca = {};    // a PEM file instead of the system's authorities
    std::string authfile = {};  // instead of the places where credentials are looked for
    bool plain_http = false;
    std::string jobs = {};   // transfers at once; 4
    std::string tries = {};  // of one request or transfer that makes no progress; 5
    std::string chunk = {};  // bytes of an upload's piece, as '16M'; the whole blob at once
};

constexpr const char* kThisMachine = "this";  // of an index; a single image is as it is

struct TransferOptions {
    std::string from = {};  // docker://NAME[:TAG][@DIGEST], oci:DIR[:TAG], …, a file, a folder
    std::string to = {};    // the same without a digest, as 'bake -o' takes it
    std::string platform = {};  // "linux/arm64", kThisMachine, or empty or "all": everything
    bool referrers = false;     // what refers to the image, too; not into a tar
    std::string format = {};    // "docker", into a registry; empty or "as-is": unchanged
    RemoteOptions remote = {};
};

enum class BlobState { moving, uploaded, present, mounted, saved, failed };

// One blob, as it is now.
struct BlobProgress {
    std::size_t number = 0;  // among `count`, in the order of the image
    std::size_t count = 0;
    std::string digest = {};
    std::uint64_t size = 0;
    std::uint64_t moved = 0;
    BlobState state = BlobState::moving;
};

// Who looks on. Both may be called from any thread; either may be empty.
struct TransferWatch {
    std::function<void(const BlobProgress&)> blob = {};
    std::function<void(const std::string&)> note = {};
};

struct Transferred {
    std::string digest = {};                   // of the manifest or index
    std::string media_type = {};               // of it
    std::vector<std::string> references = {};  // where it is now
    std::uint64_t uploaded = 0;                // blobs that were moved,
    std::uint64_t present = 0;                 // that were there,
    std::uint64_t mounted = 0;                 // that the registry took from another repository
    std::uint64_t referrers = 0;               // documents about the image that went along
};

// Before several transfers of one image: each of `targets` has a place of its own, which is not
// where the image is read.
Result<Done, Error> check_targets(const std::string& from, const std::vector<std::string>& targets);

// Checks its target likewise.
Result<Transferred, Error> transfer(const TransferOptions& options, const TransferWatch& watch);

}  // namespace outis::images::places
