// What a process may still do, said from inside the image: `outis-init --inspect [PID|self]`.
#pragma once

#include "init/plan/plan.h"

namespace outis::init {

// Without a PID the app: the first child of process 1. 0; 1 if there is no such process to be seen;
// 125 for wrong usage.
int run_inspect(const Plan& plan) noexcept;

}  // namespace outis::init
