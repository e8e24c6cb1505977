// What a registry says when it refuses. Source: OCI distribution specification 1.1, error codes.
#pragma once

#include <string>

#include "http/message.h"

namespace outis::images::registry {

// "pushing the manifest: 403 Forbidden: DENIED: requested access is denied": at most three of the
// errors that the answer lists, all one line of printable ASCII. A registry may repeat what it was
// told: Registry::refused() takes secrets out, and shortens only then.
std::string refusal(const http::Response& response, const std::string& doing);

}  // namespace outis::images::registry
