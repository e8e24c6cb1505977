// Blobs on disk, named by their digest, and which blob a layer's content was packed into before.
//
//   ROOT/blobs/sha256/HEX      a blob
//   ROOT/layers/KEY            "HEX SIZE", KEY = the content's digest and how it was compressed
//
// ROOT is $XDG_CACHE_HOME/outis, or ~/.cache/outis; where neither can be written, a temporary
// folder that goes with the store. It is for its owner alone: one that others can change is
// refused. Files appear by rename, so that any number of bakes can share one store; a blob whose
// bytes no longer match its name is forgotten. Above kMaxStoreSize the blobs that were used least
// recently go, but none that was used within the hour: a bake may still want it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "host/digest.h"
#include "host/new_file.h"
#include "outis/error.h"

namespace outis::images::layers {

constexpr std::uint64_t kMaxStoreSize = std::uint64_t{2} << 30;  // bytes of all blobs

struct StoredBlob {
    host::Digest digest = {};
    std::uint64_t size = 0;
};

class BlobStore {
public:
    static Result<BlobStore, Error> open();
    // Holds nothing and takes nothing.
    static BlobStore none();
    static Result<BlobStore, Error> open_at(const std::filesystem::path& root);

    [[nodiscard]] std::filesystem::path path(const host::Digest& digest) const;

    // A blob to be written; keep() names it.
    Result<host::NewFile, Error> create() const;
    Result<Done, Error> keep(host::NewFile blob, const host::Digest& digest) const;

    // What remember() was told for `key`, if that blob is here and sound.
    [[nodiscard]] std::optional<StoredBlob> find(const std::string& key) const;
    Result<Done, Error> remember(const std::string& key, const StoredBlob& blob) const;
    // Done by remember() with kMaxStoreSize. What cannot be removed stays.
    void prune(std::uint64_t limit) const;

private:
    explicit BlobStore(std::filesystem::path root) : root_(std::move(root)) {}

    std::filesystem::path root_;
    std::optional<host::TemporaryDirectory> temporary_;
};

}  // namespace outis::images::layers
