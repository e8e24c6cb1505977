// An image to a file or folder.
#pragma once

#include <string>
#include <vector>

#include "outis/error.h"
#include "places/contents.h"
#include "places/place.h"

namespace outis::images::places {

// To a file or folder.
Result<Done, Error> save(const Contents& contents, const Place& place);

// With the bundle's documents, which are referrers in a layout, files beside a tar ("x.spdx.json"
// beside "x.tar"), and left out where there is no file: '-', a device, a pipe. Answers those files.
// They appear after the tar, which appears only when they have been written.
Result<std::vector<std::string>, Error> deliver(const Bundle& bundle, const Place& place);

}  // namespace outis::images::places
