// An image in the words of Docker's format, for registries that take no other: manifest version 2,
// schema 2, and manifest lists. Blobs stay as they are; manifests change, and so does the digest.
// Source: distribution's "Image Manifest Version 2, Schema 2".
#pragma once

#include <map>
#include <string>

#include "places/source.h"

namespace outis::images::places {

// What that format has no words for is an error: layers by zstd, documents that are no image,
// indexes in indexes. Annotations go, and so do buildx' attestations in an index.
class DockerFormat final : public ImageSource {
public:
    // Must outlive this.
    explicit DockerFormat(ImageSource& source) : source_(source) {}

    Result<oci::Manifest, Error> top() override;
    Result<oci::Manifest, Error> manifest(const oci::Descriptor& descriptor) override;
    Result<Blob, Error> blob(const oci::Descriptor& descriptor,
                             const registry::Advance& advance) override;
    // None: the format has no such.
    Result<std::vector<oci::Descriptor>, Error> referrers(const std::string& digest) override;

    [[nodiscard]] oci::Reference name() const override { return source_.name(); }

    [[nodiscard]] const registry::Repository* repository() const override
    {
        return source_.repository();
    }

private:
    Result<oci::Manifest, Error> converted_index(const oci::Manifest& index);

    ImageSource& source_;
    std::map<std::string, oci::Manifest> converted_;  // of an index, by their new digests
};

}  // namespace outis::images::places
