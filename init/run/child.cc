#include "init/run/child.h"

#include <cerrno>

#include <fcntl.h>
#include <sys/prctl.h>

#include "init/confine/verify.h"
#include "init/kernel/text.h"
#include "init/plan/program.h"

namespace outis::init {
namespace {

constexpr unsigned kMostOldDescriptors = 65536;  // where the kernel has no close_range

Outcome fault_if(long answer, Step step) noexcept
{
    if (answer < 0)
        return Failure{Fault{.step = step, .number = static_cast<int>(-answer)}};
    return Done{};
}

// The child leads its own group, so that it alone can be signalled and stopped; in the foreground
// of the terminal, if we were there.
Outcome take_place(const Launch& launch) noexcept
{
    if (launch.plan.session) {
        OUTIS_TRY(fault_if(sys::new_session(), Step::session));
        if (launch.terminal >= 0)
            sys::take_terminal(launch.terminal);
        return Done{};
    }
    // dumb-init(1) -c: it stays in our group.
    if (launch.plan.manner == Manner::dumb_init)
        return Done{};
    OUTIS_TRY(fault_if(sys::set_process_group(0, 0), Step::process_group));
    if (launch.terminal >= 0)
        sys::set_foreground(launch.terminal, sys::getpid());
    return Done{};
}

Outcome set_limits(const policy::View& policy) noexcept
{
    if (!policy.limits)
        return Done{};
    for (std::size_t i = 0; i < policy.limits->count(); ++i) {
        const policy::Limit limit = policy.limits->at(i);
        OUTIS_TRY(fault_if(sys::set_limit(limit.resource, limit.soft, limit.hard), Step::limits));
    }
    return Done{};
}

// A descriptor that the runtime leaked must not reach the app.
Outcome mark_descriptors(unsigned first) noexcept
{
    if (first == sys::kNoDescriptor)
        return Done{};
    const long answer = sys::close_range_on_exec(first, sys::kNoDescriptor);
    if (answer != -ENOSYS && answer != -EINVAL)
        return fault_if(answer, Step::close_descriptors);
    // Before Linux 5.11.
    for (unsigned fd = first; fd < kMostOldDescriptors; ++fd)
        sys::close_on_exec(static_cast<int>(fd));
    return Done{};
}

Outcome watch_parent(const Launch& launch) noexcept
{
    // tini(1) -p is about itself alone.
    if (launch.plan.death_signal == 0 || launch.plan.manner == Manner::tini)
        return Done{};
    OUTIS_TRY(fault_if(
        sys::control(PR_SET_PDEATHSIG, static_cast<std::uintptr_t>(launch.plan.death_signal)),
        Step::death_signal));
    if (sys::getppid() != launch.parent)
        return Failure{Fault{.step = Step::parent_gone, .number = 0}};
    return Done{};
}

Outcome drop_what_init_keeps(const Launch& launch) noexcept
{
    if (!launch.policy.capabilities || kept_by_init(launch.plan, launch.policy) == 0)
        return Done{};
    const policy::Capabilities& wanted = *launch.policy.capabilities;
    return fault_if(sys::set_capabilities({.effective = wanted.effective,
                                           .permitted = wanted.permitted,
                                           .inheritable = wanted.inheritable}),
                    Step::set_capabilities);
}

// As execvp(3) does under a peer's name: what the kernel does not know is a script for the shell.
long execute_file(Launch& launch, const char* path) noexcept
{
    char** arguments = launch.plan.program;
    const long answer = launch.filter.execute(path, arguments, launch.environment);
    if (answer != -ENOEXEC || launch.plan.manner == Manner::outis ||
        (launch.policy.exec && launch.policy.exec->once))
        return answer;
    // Before the program's name there is always our own.
    static constexpr char kShell[] = "/bin/sh";
    char* const name = arguments[0];
    arguments[-1] = const_cast<char*>(kShell);
    arguments[0] = const_cast<char*>(path);
    const long shell = launch.filter.execute(kShell, arguments - 1, launch.environment);
    arguments[0] = name;
    return shell;
}

// The search of execvp(3): the first candidate that is there decides, but one that may not be
// executed does not hide a later one.
Outcome execute(Launch& launch) noexcept
{
    char** arguments = launch.plan.program;
    if (arguments[0][0] == 0)
        return Failure{Fault{.step = Step::exec, .number = ENOENT}};
    long worst = -ENOENT;
    const char* search = environment_value(launch.environment, "PATH");
    for_each_candidate(arguments[0], search, [&](const char* path) noexcept {
        const long answer = execute_file(launch, path);
        const bool absent = answer == -ENOENT || answer == -ENOTDIR;
        if (!absent || worst == -ENOENT)
            worst = worst == -EACCES && absent ? worst : answer;
        return !absent && answer != -EACCES;
    });
    return fault_if(worst, Step::exec);
}

// The fixed order; seccomp is last, so that a filter needs to allow execve and nothing of ours.
Outcome become_app(Launch& launch) noexcept
{
    OUTIS_TRY(take_place(launch));
    if (launch.plan.workdir != nullptr)
        OUTIS_TRY(fault_if(sys::chdir(launch.plan.workdir), Step::workdir));
    if (launch.policy.process && launch.policy.process->has(policy::kUmaskGiven))
        sys::umask(launch.policy.process->umask);
    OUTIS_TRY(set_limits(launch.policy));
    OUTIS_TRY(mark_descriptors(launch.first_unlisted));
    if (launch.plan.manner == Manner::dumb_init) {
        // It hands on neither a mask nor what is ignored.
        for (int signal = 1; signal < kRealTimeFirst; ++signal)
            sys::ignore_signal(signal, false);
        launch.mask = 0;
    } else if (launch.child_ignored) {
        sys::ignore_signal(SIGCHLD, true);
    }
    set_listen_pid(launch.texts, sys::getpid());
    OUTIS_TRY(drop_what_init_keeps(launch));
    OUTIS_TRY(apply_landlock(launch.landlock));
    OUTIS_TRY(verify(launch.policy, launch.identity, launch.applied));
    OUTIS_TRY(watch_parent(launch));
    sys::swap_mask(launch.mask);
    OUTIS_TRY(launch.filter.install(launch.policy.seccomp ? launch.policy.seccomp->flags : 0));
    return execute(launch);
}

int run_child(void* argument)
{
    Launch& launch = *static_cast<Launch*>(argument);
    const Outcome outcome = become_app(launch);
    // Only a failure comes back from execve.
    launch.fault = outcome.error();
    sys::exit(exit_code(launch.fault));
}

}  // namespace

long start_child(Launch& launch, std::span<std::byte> stack) noexcept
{
    return sys::spawn(run_child, &launch, stack);
}

int find_terminal() noexcept
{
    for (const int fd : {0, 2, 1}) {
        // 0 is a group outside our PID namespace: ours too, where nobody made us a session.
        const long group = sys::foreground(fd);
        if (group >= 0)
            return group == sys::process_group() ? fd : -1;
    }
    return -1;
}

void give_up_terminal(int fd) noexcept
{
    const sys::SignalSet parting = sys::signal_bit(SIGHUP) | sys::signal_bit(SIGCONT);
    const sys::SignalSet before = sys::pending_signals();
    sys::leave_terminal(fd);
    constexpr timespec kNow{.tv_sec = 0, .tv_nsec = 0};
    siginfo_t info;
    while (sys::take_signal(parting & ~before, info, &kNow) > 0) {
    }
}

unsigned first_unlisted_descriptor(const Plan& plan, char* const* environment, int pid) noexcept
{
    if (plan.keep_descriptors)
        return sys::kNoDescriptor;
    const char* listen_pid = environment_value(environment, "LISTEN_PID");
    const char* listen_count = environment_value(environment, "LISTEN_FDS");
    if (listen_pid == nullptr || listen_count == nullptr ||
        parse_number(listen_pid, 0x7FFFFFFF) != static_cast<std::uint64_t>(pid))
        return sys::kFirstInherited;
    const auto count = parse_number(listen_count, 1024);
    return sys::kFirstInherited + static_cast<unsigned>(count.value_or(0));
}

}  // namespace outis::init
