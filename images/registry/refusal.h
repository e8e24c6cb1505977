// What a registry says when it refuses. Source: OCI distribution specification 1.1, error codes.
#pragma once

#include <string>

#include "http/message.h"

namespace outis::images::registry {

// "pushing the manifest: 403 Forbidden: DENIED: requested access is denied": at most three of the
// errors that the answer lists, all one line of printable ASCII. A registry may repeat what it was
// told: Registry::refused() takes secrets out, and shortens only then. A success or a redirect is
// none where `expected` was, as of a web site that is no registry; 0: any would do.
std::string refusal(const http::Response& response, const std::string& doing, int expected = 0);

}  // namespace outis::images::registry
