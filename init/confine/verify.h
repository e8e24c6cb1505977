// Promises read back from the kernel, by system calls alone, in the child just before its exec.
// For Landlock and seccomp the success of their own calls is the proof.
#pragma once

#include "init/confine/apply.h"
#include "init/fault.h"
#include "init/identity/user.h"
#include "outis/base/policy.h"

namespace outis::init {

// The first promise that does not hold, as a fault whose number is 0.
Outcome verify(const policy::View& policy, const Identity& identity,
               const Applied& applied) noexcept;

}  // namespace outis::init
