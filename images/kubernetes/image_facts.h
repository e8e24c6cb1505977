// What a workload is decided from, read out of an image on disk.
#pragma once

#include <filesystem>

#include "files/tool_data.h"
#include "kubernetes/workload.h"
#include "outis/base/policy_layout.h"
#include "outis/error.h"

namespace outis::images {

// Of a tar or a layout's directory the image for `arch`, or the only one. The policy is the file
// that its entrypoint names, the shipped one of that name, or /etc/outis/policy.
Result<ImageFacts, Error> read_image_facts(const std::filesystem::path& path, policy::Arch arch,
                                           const ToolData& data);

}  // namespace outis::images
