// The seccomp filter that another program really loads, read back from the kernel.
//
// What fails in the harness itself throws std::system_error, which doctest reports: EACCES or EPERM
// where the kernel does not show filters (it wants CAP_SYS_ADMIN and a reader without a filter).
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <sys/types.h>

namespace outis::tests {

using LoadedFilter = std::vector<std::byte>;  // struct sock_filter[], 8 bytes an instruction

// Runs `command` and its children under ptrace(2) until one of them has loaded a filter, which is
// read at once, before anything runs under it; then ends them all. Empty: the command ended
// without. One at a time: the end sweeps up every child of the caller. Source: ptrace(2),
// PTRACE_SECCOMP_GET_FILTER.
LoadedFilter loaded_filter(const std::vector<std::string>& command);

// The filter that was installed last in a process which runs already, and goes on running.
LoadedFilter filter_of_running(pid_t pid);

}  // namespace outis::tests
