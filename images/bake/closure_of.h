// What the programs of a bake need of the root, as the options say.
#pragma once

#include <vector>

#include "bake/plan.h"
#include "host/root.h"
#include "outis/base/policy_layout.h"
#include "outis/error.h"
#include "programs/closure.h"
#include "programs/program.h"

namespace outis::images::bake {

Result<programs::Closure, Error> closure_of(const host::Root& root,
                                            const std::vector<programs::Program>& programs,
                                            policy::Arch arch, const Plan& plan,
                                            const Progress& progress);

}  // namespace outis::images::bake
