// Blobs on their way out.
#pragma once

#include "outis/error.h"
#include "outis/images/image.h"
#include "pack/tar.h"

namespace outis::images {

// The blob's bytes, in pieces. Those of a file are hashed on the way: if they no longer match the
// digest, that is an error at the end.
Result<Done, Error> copy_blob(const Blob& blob, const Sink& sink);

}  // namespace outis::images
