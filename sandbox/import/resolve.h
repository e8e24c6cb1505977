// From a foreign profile to rules of one machine.
#pragma once

#include "sandbox/import/foreign.h"

namespace outis::sandbox::imports {

// Conditions are decided by `options` (their capabilities being given), names of calls that Linux
// lacks and ABIs that the architecture's kernels do not run are left out.
[[nodiscard]] Flat resolve(const Foreign& foreign, const ImportOptions& options, Notes& notes);

}  // namespace outis::sandbox::imports
