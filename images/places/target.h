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
    // Gives the image its name, and answers it.
    virtual Result<std::string, Error> finish(const oci::Manifest& top) = 0;

protected:
    ImageTarget() = default;
};

std::unique_ptr<ImageTarget> registry_target(const registry::Repository& repository,
                                             std::string tag);

using HandOver = std::function<Result<Done, Error>(const Contents&)>;

// For what takes an image as a whole, called `reference`: `hand_over` is called by finish().
std::unique_ptr<ImageTarget> gathering_target(Place place, oci::Reference reference,
                                              HandOver hand_over);

}  // namespace outis::images::places
