// Why a run never started: usage, policy, accounts, Landlock. A reason with a name from outside and
// an errno, rather than the line itself, so that refusals are cheap to make and to pass on.
#pragma once

#include <cstdint>
#include <string_view>

#include "init/kernel/say.h"

namespace outis::init {

enum class Reason : std::uint8_t {
    no_program,
    unknown_option,
    option_takes_no_value,
    option_needs_value,
    option_refuses_value,
    bad_time,
    bad_signal,
    bad_log_level,
    bad_variable,
    bad_probe,
    bad_process,
    unknown_user,
    unknown_group,
    cannot_read_groups,
    cannot_become_user,
    cannot_become_policy_user,
    policy_unreadable,
    policy_not_opened,
    policy_malformed,
    policy_for_other_arch,
    policy_not_regular,
    policy_is_folder,
    policy_is_source,
    policy_not_roots,
    policy_folder_not_roots,
    policy_unknown_name,
    policy_locked_to_option,
    policy_locked_to_environment,
    environment_too_large,
    landlock_absent,
    landlock_disabled,
    landlock_blocked,
    landlock_failed,
    landlock_too_old,
    executable_stack,
    landlock_path_missing,
    landlock_path_failed,
};

struct Refusal {
    Reason reason = Reason::no_program;
    int number = 0;                 // errno, or 0
    std::string_view subject = {};  // a name from outside, printed in quotes
    const char* detail = nullptr;   // a clause of its own after the reason's
};

void describe(const Refusal& refusal, Line& line) noexcept;

int exit_code(const Refusal& refusal) noexcept;

}  // namespace outis::init
