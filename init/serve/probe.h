// Health checks for images without a shell: `outis-init --probe URL`.
#pragma once

#include "init/plan/plan.h"
#include "init/run/serve.h"

namespace outis::init {

// 0: healthy; 1: not, and why on stderr; 124 and 125 as everywhere.
int run_probe(const Plan& plan, const Received& received) noexcept;

// `--sleep TIME`, for preStop hooks: 0 when the time is over.
int run_sleep(const Plan& plan, const Received& received) noexcept;

// `--pause`: holds a pod's namespaces; confined as a supervisor is, it reaps, and ends with 0 on
// TERM or INT.
int run_pause(const Plan& plan) noexcept;

}  // namespace outis::init
