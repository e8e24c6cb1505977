// The sources that open_image() chooses from.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "host/new_file.h"
#include "layers/store.h"
#include "places/contents.h"
#include "places/opened.h"
#include "places/source.h"

namespace outis::images::places {

// Blobs are pulled into the store, which is pruned before.
Result<std::unique_ptr<ImageSource>, Error> registry_source(
    const Place& place, const registry::RegistrySettings& settings, const layers::BlobStore& store,
    const registry::Notice& notice);

// A layout, a tar with a layout in it, or what `docker save` writes. `saved` is the file with what
// a daemon sent for `place`.
Result<std::unique_ptr<ImageSource>, Error> local_source(const Place& place,
                                                         std::optional<host::NewFile> saved,
                                                         const layers::BlobStore& store);

// Of a layout the image with the tag, and as referrers the other entries of index.json; without a
// tag the only image that refers to no other. The blobs are all that lie in `image`, which must
// outlive them.
Result<Contents, Error> layout_contents(const OpenedImage& image, const std::string& tag);

// Of what `docker save` writes the image with the tag, with a manifest of ours; layers that are not
// compressed are compressed into the store.
Result<Contents, Error> docker_contents(const OpenedImage& image, const std::string& tag,
                                        const layers::BlobStore& store);

}  // namespace outis::images::places
