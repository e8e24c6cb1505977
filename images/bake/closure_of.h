// What the programs of a bake need of the root, as the options say.
#pragma once

#include <vector>

#include "bake/plan.h"
#include "host/root.h"
#include "outis/base/policy_layout.h"
#include "outis/error.h"
#include "programs/closure.h"
#include "programs/program.h"
#include "view/flattened.h"

namespace outis::images::bake {

// `below` is what the image lies on, whose files need no note.
Result<programs::Closure, Error> closure_of(const host::Root& root,
                                            const std::vector<programs::Program>& programs,
                                            policy::Arch arch, const Plan& plan,
                                            const view::Flattened& below, const Progress& progress);

}  // namespace outis::images::bake
