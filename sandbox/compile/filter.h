// From a profile to a seccomp program.
#pragma once

#include "outis/error.h"
#include "outis/sandbox/profile.h"
#include "sandbox/compile/graph.h"

namespace outis::sandbox {

// The order of questions: architecture, number, arguments. `profile` must have a seccomp part.
// Error: more than 4096 instructions.
[[nodiscard]] Result<Program, Error> generate_filter(const Profile& profile, policy::Arch arch);

}  // namespace outis::sandbox
