// Platforms as manifests name them, "linux/arm64/v8". Source: OCI image specification 1.1,
// image-index.md.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "outis/base/policy_layout.h"

namespace outis::images::layers {

// "linux/amd64", "linux/arm64".
std::string platform_name(policy::Arch arch);

// Without the variant that is the default: "linux/arm64" for "linux/arm64/v8". Source: Normalize()
// of containerd's package platforms.
std::string normal_platform(std::string_view platform);

// "linux/arm64", "arm64" and "linux/arm64/v8"; nothing for what no images are made for.
std::optional<policy::Arch> parse_platform(std::string_view text);

// "linux/arm64" is also what "linux/arm64/v8" is for.
bool platform_fits(std::string_view there, std::string_view wanted);

}  // namespace outis::images::layers
