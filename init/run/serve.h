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

int run_supervised(const Plan& plan, const Received& received) noexcept;

}  // namespace outis::init
