// Exact import: the filter that runc makes of a profile, as a profile of ours.
#pragma once

#include "sandbox/import/foreign.h"

namespace outis::sandbox::imports {

// runc's order of things: rules that say what the default says are dropped; a rule with two
// comparisons of one argument becomes one rule for each comparison; libseccomp lets the first rule
// without comparisons win, and adds `socketcall` and `ipc` on i386; the stub answers ENOSYS above
// the highest number that a rule names. Where libseccomp's answer would depend on how it builds its
// tree, two rules with different actions that both speak, the stricter action counts.
[[nodiscard]] Seccomp exact_seccomp(const Flat& flat, policy::Arch arch, Notes& notes);

// Above which number of an ABI runc's stub answers ENOSYS; absent: it lets every number pass.
[[nodiscard]] AsRunc stub_of(const Flat& flat, policy::Arch arch);

}  // namespace outis::sandbox::imports
