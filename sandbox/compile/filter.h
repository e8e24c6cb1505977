// From a profile to a seccomp program.
#pragma once

#include "outis/error.h"
#include "outis/sandbox/profile.h"
#include "sandbox/compile/graph.h"

namespace outis::sandbox::compile {

// The order of questions: architecture, number, arguments. `profile` must have a seccomp part.
// Errors: more than 4096 instructions; a constant that an accepted ABI's argument cannot hold.
[[nodiscard]] Result<Program, Error> generate_filter(const Profile& profile, policy::Arch arch);

}  // namespace outis::sandbox::compile
