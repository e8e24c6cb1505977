// From a profile to the bytes that PID 1 obeys.
#pragma once

#include <cstddef>
#include <vector>

#include "outis/base/policy_layout.h"
#include "outis/error.h"

namespace outis::sandbox {

struct Profile;

// The policy of `profile` for `arch`, in the layout of outis/base/policy_layout.h.
//
// Before it is returned the filter has been simulated against a direct evaluation of the profile at
// every number of every ABI and at every corner of every condition, and the whole has been read
// back by policy::read. A difference is an Error that names the point; nothing is returned then.
// Other errors: a filter over 4096 instructions, a policy over 65536 bytes, a constant that has
// more bits than its argument on an accepted ABI.
[[nodiscard]] Result<std::vector<std::byte>, Error> compile_policy(const Profile& profile,
                                                                   policy::Arch arch);

// The seccomp program alone, checked in the same way: instructions of 8 bytes as the kernel takes
// them. Empty if the profile has no filter.
[[nodiscard]] Result<std::vector<std::byte>, Error> compile_filter(const Profile& profile,
                                                                   policy::Arch arch);

}  // namespace outis::sandbox
