// PID 1 confined: the calls its loop needs, everything else refused with EPERM, never killed.
#pragma once

#include "init/fault.h"

namespace outis::init {

// For the calling process, which supervises from here on. Needs no_new_privs, and sets it.
Outcome confine_supervisor() noexcept;

// For a health probe: one connection, one question.
Outcome confine_prober() noexcept;

}  // namespace outis::init
