// The child, from its first instruction to its execve. It shares PID 1's memory (vfork semantics):
// PID 1 stands still meanwhile, and finds here what went wrong.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "init/confine/apply.h"
#include "init/confine/exec_once.h"
#include "init/confine/landlock.h"
#include "init/fault.h"
#include "init/identity/environment.h"
#include "init/identity/user.h"
#include "init/kernel/sys.h"
#include "init/plan/plan.h"
#include "outis/base/policy.h"

namespace outis::init {

struct Launch {
    const Plan& plan;
    const policy::View& policy;
    const Identity& identity;
    const Applied& applied;
    EnvironmentTexts& texts;
    char** environment;
    sys::SignalSet mask;      // as PID 1 received it
    bool child_ignored;       // SIGCHLD was ignored when PID 1 received it
    int terminal;             // descriptor of a terminal whose foreground is ours, or -1
    int parent;               // our pid, to notice that we have gone
    unsigned first_unlisted;  // descriptors from here on are not for the app
    const LandlockRules& landlock;
    PatchedFilter& filter;

    // What the child left: meaningful when `fault.step` is not none.
    Fault fault{};
};

// The child's pid, once it runs the app or has failed.
long start_child(Launch& launch, std::span<std::byte> stack) noexcept;

// The descriptor of a terminal where we are in the foreground, or -1.
int find_terminal() noexcept;

// Lets go of the controlling terminal, so that the child's session can take it. The HUP and CONT
// that the kernel sends to a session leader who does so are swallowed, those that were there before
// stay.
void give_up_terminal(int fd) noexcept;

// 3, or after the sockets of LISTEN_FDS that are meant for us (sd_listen_fds(3)).
unsigned first_unlisted_descriptor(const Plan& plan, char* const* environment, int pid) noexcept;

}  // namespace outis::init
