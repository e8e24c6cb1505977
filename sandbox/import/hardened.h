// Hardened import: what a foreign profile wants, in our terms.
#pragma once

#include "sandbox/import/foreign.h"

namespace outis::sandbox::imports {

// Arguments are compared in the width in which the kernel reads them; every comparison of a rule
// must hold; of rules that disagree the stricter counts; EPERM and ENOSYS for what is refused are
// `refuse`; what no program can do without is allowed; i386's `socketcall` and `ipc` carry nothing
// that the profile does not give them by name. Each such change is noted.
[[nodiscard]] Seccomp hardened_seccomp(const Flat& flat, Notes& notes);

}  // namespace outis::sandbox::imports
