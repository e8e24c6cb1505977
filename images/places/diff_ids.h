// Whether layers unpack to what their configuration promises. Digests only say that bytes are those
// which the manifest names; engines also ask for the digests of the tars, once it is too late.
// Source: OCI image specification 1.1, config.md, "rootfs".
#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "places/copy_plan.h"
#include "places/source.h"

namespace outis::images::places {

// Reads every layer of the plan's images whose digest `choose` takes, at most `jobs` at a time.
// What is no image, and layers of other types than tars, are passed over.
Result<Done, Error> check_diff_ids(ImageSource& source, const CopyPlan& plan, std::size_t jobs,
                                   const std::function<bool(const std::string& digest)>& choose);

}  // namespace outis::images::places
