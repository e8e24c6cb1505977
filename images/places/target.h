// Where an image goes: a registry, or a file, a folder or a daemon.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "places/place.h"
#include "places/source.h"
#include "registry/repository.h"

namespace outis::images::places {

class ImageTarget {
public:
    ImageTarget(const ImageTarget&) = delete;
    ImageTarget& operator=(const ImageTarget&) = delete;
    virtual ~ImageTarget() = default;

    // From any thread, each blob once.
    virtual Result<registry::Sent, Error> put_blob(const oci::Descriptor& blob, ImageSource& source,
                                                   const registry::Advance& advance) = 0;
    // When all blobs are there: children first, then the top, then what refers to them.
    virtual Result<Done, Error> put_manifest(const oci::Manifest& manifest) = 0;

    // The same, and under a tag beside the image, where the target has such.
    virtual Result<Done, Error> put_tagged(const oci::Manifest& manifest, const std::string&)
    {
        return put_manifest(manifest);
    }

    // Gives the image its name, and answers it.
    virtual Result<std::string, Error> finish(const oci::Manifest& top) = 0;

protected:
    ImageTarget() = default;
};

Result<std::unique_ptr<ImageTarget>, Error> registry_target(
    const Place& place, const registry::RegistrySettings& settings, const registry::Notice& notice);

using PutContents = std::function<Result<Done, Error>(const Contents&)>;

// For a file, a folder or a daemon, which take an image as a whole: finish() calls `put` with all
// that belongs to the image, under the name `reference`.
std::unique_ptr<ImageTarget> local_target(Place place, oci::Reference reference, PutContents put);

}  // namespace outis::images::places
