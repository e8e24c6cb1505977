// Checks that a filter answers every call as the profile means it.
#pragma once

#include "outis/base/bytes.h"
#include "outis/error.h"
#include "outis/sandbox/profile.h"

namespace outis::sandbox::proof {

// Simulates `program` at every number of every ABI under each AUDIT_ARCH_*, at -1, in the x32
// range, beside every number that the program compares with, and for calls with conditions at
// every combination of their corners: the constants and their neighbours, the same with other
// upper halves and with sign extension, and each bit of each mask. Numbers whose answer does not
// depend on arguments must be decided without loading any, so that the kernel can remember it.
//
// Error: the first point where filter and profile differ. `profile` must have a seccomp part.
[[nodiscard]] Result<Done, Error> prove(Bytes program, const Profile& profile, policy::Arch arch);

}  // namespace outis::sandbox::proof
