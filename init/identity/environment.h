// The child's environment: ours, without the variables meant for us, with what a scratch image
// lacks, and with what the policy sets, unsets or keeps.
#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "init/identity/user.h"
#include "init/plan/plan.h"
#include "outis/base/policy.h"

namespace outis::init {

// Texts that live as long as PID 1: the environment points into them.
struct EnvironmentTexts {
    Line replaced;  // "HOME=/root ": what named the user that is left
    std::array<char, 208> home{};
    std::array<char, 80> user{};
    std::array<char, 80> logname{};
    std::array<char, 32> listen_pid{};  // the child writes its own pid here before exec
    bool listen_pid_wanted = false;
};

// How many pointers build_environment() needs, with the final NULL.
std::size_t environment_room(char* const* environment, const policy::View& policy) noexcept;

// Where the user changes, HOME, USER and LOGNAME become the new user's if they are unset or name
// root, as engines preset them. What an image or a person has set otherwise stays. Of a user that
// is kept they are set if they are unset, and /etc/passwd has the user or it is nobody; root's are
// not, and not under another program's name without a policy.
//
// Fills `room`, which holds at least environment_room() pointers; the answer is its start.
// `initial_pid` is ours: a LISTEN_PID that names us will name the child (sd_listen_fds(3)).
char** build_environment(char* const* environment, std::span<char*> room, const Plan& plan,
                         const policy::View& policy, const Identity& identity, int initial_pid,
                         EnvironmentTexts& texts) noexcept;

// In the child: LISTEN_PID becomes `pid`, if it is there.
void set_listen_pid(EnvironmentTexts& texts, int pid) noexcept;

}  // namespace outis::init
