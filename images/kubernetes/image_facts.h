// What a workload is decided from, read out of an image on disk.
#pragma once

#include <string>

#include "content/tool_data.h"
#include "kubernetes/workload.h"
#include "outis/base/policy_layout.h"
#include "outis/error.h"
#include "outis/images/transfer.h"

namespace outis::images::kubernetes {

// The image for `arch`, or the only one, wherever open_members() finds it. The policy is the
// file that its entrypoint names, the shipped one of that name, or /etc/outis/policy.
Result<ImageFacts, Error> read_image_facts(const std::string& image,
                                           const places::RemoteOptions& remote, policy::Arch arch,
                                           const content::ToolData& data);

}  // namespace outis::images::kubernetes
