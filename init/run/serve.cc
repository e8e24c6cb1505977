#include "init/run/serve.h"

#include <array>
#include <cerrno>
#include <cstddef>

#include <sys/prctl.h>

#include "init/confine/apply.h"
#include "init/confine/exec_once.h"
#include "init/confine/landlock.h"
#include "init/confine/own_filter.h"
#include "init/fault.h"
#include "init/identity/environment.h"
#include "init/identity/user.h"
#include "init/plan/program.h"
#include "init/policy/load.h"
#include "init/run/child.h"
#include "init/run/exec_failure.h"
#include "init/run/supervise.h"

namespace outis::init {
namespace {

using namespace std::string_view_literals;

constexpr int kFirstProcess = 1;
constexpr std::size_t kLongestHome = 400;  // that is looked at; with "/." a Line
constexpr int kStartTries = 5;
constexpr std::int64_t kBetweenTries = 200;      // milliseconds
constexpr std::size_t kMostEnvironment = 65536;  // pointers, for the array on the stack

// The only mutable memory of PID 1 beside its stack. The child's stack is used until its execve.
alignas(8) std::array<std::byte, policy::kMaxSize> policy_buffer;
alignas(8) std::array<std::byte, filter::kMaxInstructions * filter::kInstructionSize> filter_buffer;
alignas(16) std::array<std::byte, 16384> child_stack;

// The last words: on stderr, and where Kubernetes looks for them.
int end_with(const Plan& plan, int code, const Line& line) noexcept
{
    plan.voice.say(Level::error, line);
    leave_termination_message(line.text());
    return plan.manner == Manner::outis ? code : usage_code(plan.manner);
}

int end_with(const Plan& plan, const Refusal& refusal) noexcept
{
    Line line;
    describe(refusal, line);
    return end_with(plan, exit_code(refusal), line);
}

int end_with(const Plan& plan, Fault fault) noexcept
{
    const StepText text = describe(fault.step);
    Line line;
    line.add("cannot ").add(std::string_view(text.doing));
    if (fault.number != 0)
        line.add(": ").add_error(fault.number);
    if (is_of_outer_filter(fault))
        line.add("; an outer filter refuses it: allow it in the engine's seccomp profile");
    else if (text.remedy[0] != 0)
        line.add("; ").add(std::string_view(text.remedy));
    return end_with(plan, exit_code(fault), line);
}

void tell_applied(const Plan& plan, const Loaded& policy, const Identity& identity,
                  const Applied& applied, const LandlockRules& landlock) noexcept
{
    if (!plan.voice.says(Level::info))
        return;
    Line line;
    line.add("policy '").add(policy.name).add("' (").add(policy.view.name.data()).add(")");
    if (identity.change)
        line.add(", user ")
            .add(std::int64_t{identity.uid})
            .add(":")
            .add(std::int64_t{identity.gid});
    else
        line.add(", user kept as ").add(std::int64_t{identity.left});
    if (policy.view.seccomp)
        line.add(", filter of ")
            .add(static_cast<std::int64_t>(policy.view.seccomp->count()))
            .add(" instructions");
    if (applied.bounding_kept)
        line.add("; the bounding set could not be reduced and counts as kept");
    if (applied.securebits_kept)
        line.add("; the securebits could not be locked and count as kept");
    if (applied.no_memory_protection)
        line.add("; this kernel has no MDWE (it came with Linux 6.3)");
    if (landlock.ruleset.open())
        line.add(", Landlock");
    describe_missing(landlock, line);
    if (!landlock.proc_unwritten && policy.view.process &&
        policy.view.process->has(policy::kDenyWriteExecute))
        line.add("; a write to /proc/self/mem can change code");
    plan.voice.say(Level::info, line);
    if (applied.output_stays)
        plan.voice.say(Level::info,
                       "stdout or stderr is root's: the app can write to it, but not open it again "
                       "as /dev/stdout or /dev/stderr");
}

// What became of the variables that name the user, and whether its home is of use.
void tell_home(const Voice& voice, EnvironmentTexts& texts, char** environment) noexcept
{
    if (!voice.says(Level::info))
        return;
    if (!texts.replaced.text().empty())
        voice.say(Level::info, texts.replaced.add("named root, so the user's took their place"));
    const char* home = environment_value(environment, "HOME");
    if (home == nullptr || std::string_view(home).size() > kLongestHome)
        return;
    Line line;
    line.add(std::string_view(home)).add("/.\0");
    if (!sys::file_exists(line.text().data()))
        voice.say(Level::info, Line{}
                                   .add("HOME '")
                                   .add(std::string_view(home))
                                   .add("' is no folder that the user may enter"));
}

// --dry-run: a list of what the policy holds, on stdout.
void say_plan(const Plan& plan, const Loaded& policy, const Identity& identity) noexcept
{
    const policy::View& view = policy.view;
    const auto say = [](const Line& line) noexcept {
        print(line.text());
        print("\n"sv);
    };
    say(Line{}
            .add("policy: ")
            .add(std::string_view(policy.name))
            .add(" (")
            .add(std::string_view(view.name.data()))
            .add(")"));
    Line user;
    if (identity.change)
        user.add("user: ").add(std::int64_t{identity.uid}).add(":").add(std::int64_t{identity.gid});
    else
        user.add("user: stays ").add(std::int64_t{identity.left});
    say(user);
    if (view.capabilities) {
        print("capabilities kept: ");
        print_capabilities(view.capabilities->permitted);
        print("\nbounding set: ");
        print_capabilities(view.capabilities->bounding);
        print("\n");
    }
    if (view.process && view.process->has(policy::kNoNewPrivs))
        say(Line{}.add("no_new_privs"));
    if (view.process && view.process->has(policy::kDenyWriteExecute))
        say(Line{}.add("memory: writable or executable, never both"));
    if (view.seccomp)
        say(Line{}
                .add("seccomp: ")
                .add(static_cast<std::int64_t>(view.seccomp->count()))
                .add(" instructions"));
    if (view.limits)
        say(Line{}.add("limits: ").add(static_cast<std::int64_t>(view.limits->count())));
    say(Line{}.add("program: ").add(std::string_view(plan.program[0])));
}

int exec_failed(const Plan& plan, const Launch& launch) noexcept
{
    Fault fault = launch.fault;
    if (fault.step != Step::exec)
        return end_with(plan, fault);
    // There the child looked for a relative path.
    if (plan.workdir != nullptr)
        sys::chdir(plan.workdir);
    const char* path = plan.program[0];
    const char* search = environment_value(launch.environment, "PATH");
    if (plan.manner == Manner::outis)
        fault.number = settle_exec_error(path, search, fault.number);
    Line line;
    line.add("cannot execute '").add(path).add("': ");
    const bool walled = launch.landlock.abi != 0 && launch.policy.landlock->files != 0;
    explain_exec_failure(path, search, fault.number, walled, line);
    plan.voice.say(Level::error, line);
    leave_termination_message(line.text());
    int code = exec_failure_code(plan.manner, exit_code(fault));
    if (plan.manner == Manner::outis)
        return code;
    // There it is the code of a child that could not execute, and is mapped.
    if (plan.manner == Manner::tini && fault.number != ENOENT && fault.number != EACCES)
        code = 1;
    return plan.map_exit[static_cast<std::size_t>(code)];
}

// The peers leave them open; a policy closes them under their names, too.
bool keeps_descriptors(const Plan& plan, const policy::View& policy) noexcept
{
    return plan.manner != Manner::outis && !policy.process;
}

long start_with_patience(Launch& launch) noexcept
{
    for (int tries = 1;; ++tries) {
        const long pid = start_child(launch, child_stack);
        if ((pid != -EAGAIN && pid != -ENOMEM) || tries == kStartTries)
            return pid;
        sys::sleep(kBetweenTries);
    }
}

// What the app now has and PID 1 needs no more.
void let_go(const Plan& plan, const policy::View& policy) noexcept
{
    sys::close_range(sys::kFirstInherited, sys::kNoDescriptor);
    sys::chdir("/");
    sys::control(PR_SET_DUMPABLE, 0);
    if (policy.capabilities && policy.capabilities->permitted == 0)
        return;
    sys::CapabilitySets held;
    if (sys::get_capabilities(held) < 0 || held.permitted == 0)
        return;
    const std::uint64_t kept = held.permitted & kept_by_init(plan, policy);
    sys::set_capabilities({.effective = kept, .permitted = kept, .inheritable = 0});
}

int supervise(const Plan& plan, const policy::View& policy, int child, int own,
              int terminal) noexcept
{
    let_go(plan, policy);
    const Settings settings = settle(plan, policy);
    Supervisor supervisor(settings, child, own, terminal);
    const int code = code_of_status(supervisor.run());
    if (plan.halt && own == kFirstProcess)
        sys::power_off();
    // OUTIS_MAP_EXIT speaks of the app; a probe in the same container says what its program says.
    return plan.time_limit ? code : plan.map_exit[static_cast<std::size_t>(code & 0xFF)];
}

int launch(const Plan& plan, const Received& received, const Loaded& policy,
           const Identity& identity, char** room, std::size_t room_size) noexcept
{
    const int own = sys::getpid();
    EnvironmentTexts texts;
    char** environment = build_environment(received.environment, std::span(room, room_size), plan,
                                           policy.view, identity, own, texts);
    if (own != kFirstProcess && plan.subreaper) {
        if (sys::control(PR_SET_CHILD_SUBREAPER, 1) < 0)
            plan.voice.say(Level::info, "cannot become a subreaper: orphans go elsewhere");
    }
    const char* search = environment_value(environment, "PATH");
    // The kernel makes a stack without asking MDWE or a filter.
    if (policy.view.process && policy.view.process->has(policy::kDenyWriteExecute) &&
        has_executable_stack(plan.program[0], search)) {
        return end_with(plan,
                        Refusal{.reason = Reason::executable_stack, .subject = plan.program[0]});
    }
    auto prepared = prepare_landlock(policy.view, plan.program[0], search);
    if (!prepared)
        return end_with(plan, prepared.error());
    LandlockRules landlock = prepared.take();
    const auto applied = apply_privileges(plan, policy.view, identity);
    if (!applied)
        return end_with(plan, applied.error());
    PatchedFilter filter;
    if (const Outcome patched = filter.patch(policy.view, filter_buffer); !patched)
        return end_with(plan, patched.error());
    tell_applied(plan, policy, identity, applied.value(), landlock);
    tell_home(plan.voice, texts, environment);
    const int parent = sys::getppid();
    if (plan.death_signal != 0)
        sys::control(PR_SET_PDEATHSIG, static_cast<std::uintptr_t>(plan.death_signal));
    if (plan.death_signal != 0 && sys::getppid() != parent)
        return end_with(plan, Fault{.step = Step::parent_gone, .number = 0});
    // From here on all that is promised of user and capabilities holds, for PID 1 as for the app.

    Launch launch{
        .plan = plan,
        .policy = policy.view,
        .identity = identity,
        .applied = applied.value(),
        .texts = texts,
        .environment = environment,
        .mask = received.mask,
        .child_ignored = received.child_ignored,
        .terminal = find_terminal(),
        .parent = own,
        .first_unlisted = keeps_descriptors(plan, policy.view)
                              ? sys::kNoDescriptor
                              : first_unlisted_descriptor(plan, received.environment, own),
        .landlock = landlock,
        .filter = filter,
    };
    if (plan.session && launch.terminal >= 0)
        give_up_terminal(launch.terminal);
    const long child = start_with_patience(launch);
    filter.wipe(child_stack);
    // While it is open: libc's close(2) writes an error to errno, and PID 1 has no thread storage.
    landlock.ruleset.reset();
    if (child < 0)
        return end_with(plan, Fault{.step = Step::spawn, .number = static_cast<int>(-child)});
    if (launch.fault.step != Step::none)
        return exec_failed(plan, launch);
    // From here on the app runs, and PID 1 may not give up: a container lives and dies with us.
    // dumb-init(1) is stopped by its own signal, never by the app's.
    return supervise(plan, policy.view, static_cast<int>(child), own,
                     plan.manner == Manner::dumb_init ? -1 : launch.terminal);
}

}  // namespace

int confine_probe(const Plan& plan, const Received&) noexcept
{
    const auto policy = load_policy(plan, policy_buffer);
    if (!policy)
        return end_with(plan, policy.error());
    const auto identity = decide_identity(plan, policy.value().view);
    if (!identity)
        return end_with(plan, identity.error());
    const auto applied = apply_privileges(plan, policy.value().view, identity.value());
    if (!applied)
        return end_with(plan, applied.error());
    if (const Outcome confined = confine_prober(); !confined)
        return end_with(plan, confined.error());
    return 0;
}

int run_supervised(const Plan& plan, const Received& received) noexcept
{
    // The programs whose names we answer to leave closed ones closed.
    if (plan.manner == Manner::outis)
        sys::fill_standard_streams();
    const auto policy = load_policy(plan, policy_buffer);
    if (!policy)
        return end_with(plan, policy.error());
    // From here on the policy is checked and lies still.

    const auto identity = decide_identity(plan, policy.value().view);
    if (!identity)
        return end_with(plan, identity.error());

    if (plan.dry_run) {
        say_plan(plan, policy.value(), identity.value());
        return 0;
    }
    const std::size_t size = environment_room(received.environment, policy.value().view);
    if (size > kMostEnvironment) {
        return end_with(plan, Refusal{.reason = Reason::environment_too_large});
    }
    char** room = static_cast<char**>(__builtin_alloca(size * sizeof(char*)));
    return launch(plan, received, policy.value(), identity.value(), room, size);
}

}  // namespace outis::init
