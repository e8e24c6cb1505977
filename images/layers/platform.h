// Platforms as manifests name them, "linux/arm64/v8". Source: OCI image specification 1.1,
// image-index.md.
#pragma once

#include <string>
#include <string_view>

#include "outis/base/policy_layout.h"

namespace outis::images::layers {

// "linux/amd64", "linux/arm64".
std::string platform_name(policy::Arch arch);

// "linux/arm64" is also what "linux/arm64/v8" is for.
bool platform_fits(std::string_view there, std::string_view wanted);

}  // namespace outis::images::layers
