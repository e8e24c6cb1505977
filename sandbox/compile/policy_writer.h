// The bytes of a policy, in the layout of outis/base/policy_layout.h.
#pragma once

#include <cstddef>
#include <vector>

#include "outis/error.h"
#include "outis/sandbox/profile.h"
#include "sandbox/compile/graph.h"

namespace outis::sandbox::compile {

// `program` is empty if the profile has no filter. Error: over 65536 bytes.
[[nodiscard]] Result<std::vector<std::byte>, Error> write_policy(const Profile& profile,
                                                                 policy::Arch arch,
                                                                 const Program& program);

}  // namespace outis::sandbox::compile
