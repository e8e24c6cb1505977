// An image to where it goes: a registry, a daemon, a file or a folder.
#pragma once

#include <string>
#include <vector>

#include "outis/error.h"
#include "outis/images/transfer.h"
#include "places/bundle.h"
#include "places/copy_plan.h"
#include "places/place.h"
#include "registry/registry.h"

namespace outis::images::places {

// What `plan` says of `source`: blobs, then manifests, then the name.
Result<Transferred, Error> put_image(ImageSource& source, const CopyPlan& plan, const Place& place,
                                     const registry::RegistrySettings& settings,
                                     const TransferWatch& watch);

// The images of a bake. Their documents are referrers in a registry and in a layout, and files
// beside a tar ("x.spdx.json" beside "x.tar"), which are the answer. A daemon, a pipe, a device and
// standard output get none. A tar appears when its documents have been written, and they after it.
Result<std::vector<std::string>, Error> put_image(const Bundle& bundle, const Place& place,
                                                  const registry::RegistrySettings& settings,
                                                  const TransferWatch& watch);

}  // namespace outis::images::places
