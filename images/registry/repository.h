// One repository of a registry: manifests, blobs, referrers.
// Source: OCI distribution specification 1.1, with the fallbacks that older registries need.
//
// What is pulled is checked against its digest and size while it streams; what is malformed, too
// long or of another digest is an error, and nothing of it is kept.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "layers/tar.h"
#include "oci/descriptor.h"
#include "outis/error.h"
#include "outis/images/image.h"
#include "registry/registry.h"

namespace outis::images::registry {

// Told how many bytes of one blob have gone; from the thread that moves it.
using Advance = std::function<void(std::uint64_t bytes)>;

// Where a pulled blob goes: from the start on, and from the start again if need be.
struct Receiver {
    std::function<Result<Done, Error>()> restart = {};
    layers::Sink write = {};
};

// Where a blob's bytes are. Asked only if the registry wants them.
using OpenBlob = std::function<Result<Blob, Error>()>;

enum class Sent { uploaded, present, mounted };

class Repository {
public:
    Repository(Registry& registry, std::string path) : registry_(registry), path_(std::move(path))
    {
    }

    [[nodiscard]] Registry& registry() const { return registry_; }

    [[nodiscard]] const std::string& path() const { return path_; }

    // `name` is a tag or a digest. Nothing if there is none.
    Result<std::optional<oci::Manifest>, Error> find_manifest(const std::string& name) const;
    // The digest behind a tag, or the digest itself if it is there. Nothing if there is none; a
    // page for people is none.
    Result<std::optional<std::string>, Error> find_digest(const std::string& name) const;
    // Under `name`, the digest or a tag. A subject that the registry does not index is entered in
    // the fallback tag.
    Result<Done, Error> push_manifest(const oci::Manifest& manifest, const std::string& name) const;
    // An error if the registry answers that the manifest, which was pushed, is not there, or with
    // anything else. Whoever may not read it is not told.
    Result<Done, Error> read_back(const std::string& digest) const;

    // The blob's bytes to `receiver`. A broken transfer is resumed where it broke.
    Result<Done, Error> pull_blob(const oci::Descriptor& blob, const Receiver& receiver,
                                  const Advance& advance) const;
    // Asks first, then tries to mount it from `mount_from` (a repository of this registry, or
    // empty), then uploads: in one piece, and in further ones where a transfer broke.
    Result<Sent, Error> push_blob(const oci::Descriptor& blob, const OpenBlob& open,
                                  const std::string& mount_from, const Advance& advance) const;

    // The manifests that refer to `digest`: by the API; where a registry does not know it (404) by
    // the fallback tag.
    Result<std::vector<oci::Descriptor>, Error> referrers(const std::string& digest) const;

private:
    [[nodiscard]] http::Url url(const std::string& rest) const
    {
        return registry_.url(path_ + rest);
    }

    // HEAD.
    [[nodiscard]] Result<http::Response, http::Trouble> look_for_manifest(
        const std::string& name, const std::string& doing) const;
    // Whether `head` is of the manifest with that digest: by what it says, else by its bytes.
    [[nodiscard]] bool is_of_manifest(const http::Response& head, const std::string& digest) const;
    Result<bool, Error> has_blob(const oci::Descriptor& blob) const;
    [[nodiscard]] Result<std::vector<oci::Descriptor>, Error> fallback_referrers(
        const std::string& digest) const;
    Result<Done, Error> enter_fallback(const oci::Manifest& referrer) const;

    Registry& registry_;
    std::string path_;
};

}  // namespace outis::images::registry
