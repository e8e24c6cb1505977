// An OCI layout's directory: blobs are added to those that are there, and the entry of the same tag
// in index.json is replaced. Source: OCI image specification 1.1, image-layout.md.
#pragma once

#include <filesystem>
#include <string>

#include "outis/error.h"
#include "places/contents.h"

namespace outis::images::places {

// Makes the directory if it is missing. An image of ours is
// validated first, and index.json, which makes it visible, is written last.
Result<Done, Error> put_in_layout(const Contents& contents, const std::filesystem::path& folder);

}  // namespace outis::images::places
