// Zstandard (RFC 8878), one frame at a time, by libzstd.
#pragma once

#include <string>

#include "layers/tar.h"
#include "outis/base/bytes.h"
#include "outis/error.h"

namespace outis::images::layers {

// One frame with its content's size and checksum. Level 1..19.
std::string zstd_frame(Bytes content, int level);

// The content, in pieces; a window over 128 MiB is refused, as engines do.
Result<Done, Error> unzstd(Bytes file, const Sink& sink);

// "zstd-1.5.4"
std::string zstd_encoder();

}  // namespace outis::images::layers
