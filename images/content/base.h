// What an image from scratch lacks, as one tree that depends on nothing but this build of Outis
// and the architecture: PID 1, certificates, zones, accounts, and the folders programs expect.
#pragma once

#include <string>

#include "content/tool_data.h"
#include "outis/base/policy_layout.h"
#include "sources/tree.h"

namespace outis::images {

constexpr const char* kInitKey = "outis-init";
constexpr const char* kPolicyKey = "etc/outis/policy";
constexpr const char* kBundleKey = "etc/ssl/certs/ca-certificates.crt";
constexpr const char* kZonesKey = "usr/share/zoneinfo";
constexpr const char* kPasswdKey = "etc/passwd";
constexpr const char* kGroupKey = "etc/group";
constexpr const char* kAppKey = "app";

// PID 1 for `arch` missing is Blame::environment.
Result<Tree, Error> base_tree(const ToolData& data, policy::Arch arch);

}  // namespace outis::images
