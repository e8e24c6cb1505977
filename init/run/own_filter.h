// PID 1 confined: the calls its loop needs, everything else refused with EPERM, never killed.
#pragma once

#include "init/fault.h"

namespace outis::init {

// For the calling process, which supervises from here on. Needs no_new_privs, and sets it.
// `halt`: the machine is to be powered off at the end.
Outcome confine_supervisor(bool halt) noexcept;

}  // namespace outis::init
