// One run under supervision, from the plan to the exit code.
#pragma once

#include "init/kernel/sys.h"
#include "init/plan/plan.h"

namespace outis::init {

// What PID 1 received from whoever started it, before it changed anything.
struct Received {
    sys::SignalSet mask = 0;
    bool child_ignored = false;
    char** environment = nullptr;
};

// Takes the policy's user, capabilities and no_new_privs for a health probe, and a small filter of
// its own. 0, or the exit code after saying why.
int confine_probe(const Plan& plan, const Received& received) noexcept;

int run_supervised(const Plan& plan, const Received& received) noexcept;

}  // namespace outis::init
