// An image in a registry.
#pragma once

#include <memory>

#include "layers/store.h"
#include "places/source.h"
#include "registry/registry.h"

namespace outis::images::places {

// Blobs are pulled into the store, which is pruned before.
Result<std::unique_ptr<ImageSource>, Error> registry_source(
    const Place& place, const registry::RegistrySettings& settings, const layers::BlobStore& store,
    const registry::Notice& notice);

}  // namespace outis::images::places
