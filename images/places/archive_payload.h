// An archive on its way to a server, without a copy of it anywhere.
#pragma once

#include <vector>

#include "http/message.h"
#include "outis/images/image.h"

namespace outis::images::places {

// The bytes of `parts` one after the other. A blob with a digest that is read from its first byte
// to its last is hashed on the way; bytes that no longer match are an error.
http::Payload archive_payload(std::vector<Blob> parts);

}  // namespace outis::images::places
