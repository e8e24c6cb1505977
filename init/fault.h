// Why PID 1 could not keep going: the step it was at and the kernel's answer. The exit codes are
// the contract with whoever started us; init/README.md prints the same table.
#pragma once

#include <cstdint>

#include "outis/base/result.h"

namespace outis::init {

// Exit codes beside the child's own and 128 + signal.
constexpr int kExitUnsupported = 124;  // the kernel or our rights do not allow what was promised
constexpr int kExitUsage = 125;        // wrong usage, or a policy that cannot be read
constexpr int kExitNotExecutable = 126;
constexpr int kExitNotFound = 127;
constexpr int kExitSignalBase = 128;

enum class Step : std::uint8_t {
    none,
    oom_score,
    set_groups,
    set_gid,
    drop_bounding,
    securebits,
    set_uid,
    read_capabilities,
    set_capabilities,
    raise_ambient,
    no_new_privs,
    deny_write_execute,
    non_dumpable,
    cookie,
    spawn,
    session,
    process_group,
    workdir,
    limits,
    close_descriptors,
    death_signal,
    parent_gone,
    verify_user,
    verify_group,
    verify_groups,
    verify_bounding,
    verify_capabilities,
    verify_ambient,
    verify_securebits,
    verify_no_new_privs,
    verify_deny_write_execute,
    landlock,
    seccomp,
    exec,
};

// `number` is an errno, or 0 where a promise turned out not to hold.
struct Fault {
    Step step = Step::none;
    int number = 0;
};

struct StepText {
    const char* doing;   // "cannot <doing>"
    const char* remedy;  // or empty
};

// What a fault's line says about its step.
StepText describe(Step step) noexcept;

// Whether an outer filter refused it, as far as can be told: there is one, and the kernel itself
// would have had no reason.
bool is_of_outer_filter(Fault fault) noexcept;

// The exit code that goes with a fault: exec's own two, else 124.
int exit_code(Fault fault) noexcept;

using Outcome = Result<Done, Fault>;

}  // namespace outis::init
