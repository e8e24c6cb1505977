#include "init/run/supervise.h"

#include <cerrno>

#include <sys/wait.h>

#include "init/confine/own_filter.h"
#include "init/kernel/memory.h"
#include "init/run/processes.h"

namespace outis::init {
namespace {

constexpr int kFirstProcess = 1;
constexpr std::uint32_t kPartingGrace = 1000;  // milliseconds, when the app ended by itself
constexpr timespec kSettling{.tv_sec = 0, .tv_nsec = 10'000'000};
constexpr std::int64_t kBetweenLooks = 20;   // milliseconds, where no signal will tell
constexpr std::int64_t kReapingTime = 2000;  // milliseconds for the kernel to deliver KILL

constexpr sys::SignalSet kTerminalStops =
    sys::signal_bit(SIGTSTP) | sys::signal_bit(SIGTTIN) | sys::signal_bit(SIGTTOU);

bool holds(sys::SignalSet set, int signal) noexcept
{
    return (set & sys::signal_bit(signal)) != 0;
}

bool queued(const siginfo_t& info) noexcept
{
    // Only these codes may be given to another process (rt_sigqueueinfo(2)).
    return info.si_code < 0 && info.si_code != SI_TKILL;
}

}  // namespace

Settings settle(const Plan& plan, const policy::View& policy) noexcept
{
    Settings settings{
        .voice = plan.voice,
        .manner = plan.manner,
        .stop = plan.stop != 0 ? plan.stop : sys::signal_bit(SIGTERM),
        .drain = plan.drain,
        .grace = plan.grace,
        .time_limit = plan.time_limit,
        .group = plan.group,
        .session = plan.session,
        .tell_reaped = plan.tell_reaped,
        .filtered = policy.seccomp.has_value(),
        .machine = plan.halt,
        .rewrite = plan.rewrite,
    };
    if (!policy.signals)
        return settings;
    const policy::Signals& wanted = *policy.signals;
    if (plan.stop == 0 && wanted.stop != 0)
        settings.stop = wanted.stop;
    if (!settings.drain && wanted.drain != policy::kNotGiven)
        settings.drain = wanted.drain;
    if (!settings.grace && wanted.grace != policy::kNotGiven)
        settings.grace = wanted.grace;
    settings.group = settings.group || wanted.group;
    for (std::size_t i = 0; i + 1 < wanted.rewrites.size(); i += 2) {
        const std::size_t from = load_8(wanted.rewrites, i);
        if ((plan.rewritten >> (from - 1) & 1) == 0)
            settings.rewrite[from] = load_8(wanted.rewrites, i + 1);
    }
    return settings;
}

[[OUTIS_IN_LOOP]] void settle_down(const Voice& voice) noexcept
{
    if (const Outcome confined = confine_supervisor(); !confined) {
        Line line;
        line.add("cannot confine PID 1 itself: ").add_error(confined.error().number);
        voice.say(Level::info, line);
    }
    give_back_memory();
}

int code_of_status(int status) noexcept
{
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

void Supervisor::note_end(int pid, int status) noexcept
{
    ended_ = true;
    status_ = status;
    if (settings_.filtered && WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
        settings_.voice.say(Level::warn,
                            "the app was killed by SIGSYS: the policy kills for a call that it "
                            "made; see `outis profile explain`");
    if (!settings_.voice.says(Level::info))
        return;
    Line line;
    line.add("child ").add(std::int64_t{pid});
    if (WIFSIGNALED(status)) {
        line.add(" was ended by ").add_signal(WTERMSIG(status));
        if (WCOREDUMP(status))
            line.add(", core dumped");
    } else {
        line.add(" exited with ").add(std::int64_t{WEXITSTATUS(status)});
    }
    settings_.voice.say(Level::info, line);
}

// Until empty, whatever woke us: several deaths make one SIGCHLD. True when the app has ended.
[[OUTIS_IN_LOOP]] bool Supervisor::reap_all() noexcept
{
    const int options = WNOHANG | (terminal_ >= 0 && own_ != kFirstProcess ? WUNTRACED : 0);
    for (;;) {
        int status = 0;
        const long pid = sys::reap(status, options);
        if (pid == 0)
            break;
        if (pid < 0) {
            childless_ = true;
            // Somebody else has its status.
            if (!ended_)
                note_end(main_, kExitUsage << 8);
            break;
        }
        const bool is_main = pid == main_ && !ended_;
        if (WIFSTOPPED(status)) {
            // A child that asks for PTRACE_TRACEME makes its parent the tracer, which we never are.
            if (sys::stop_tracing(static_cast<int>(pid), WSTOPSIG(status)) < 0 && is_main &&
                terminal_ >= 0)
                follow_into_stop();
        } else if (is_main) {
            note_end(main_, status);
        } else if (settings_.tell_reaped) {
            Line line;
            line.add("reaped process ").add(std::int64_t{pid});
            settings_.voice.say(Level::warn, line);
        }
    }
    return ended_;
}

// The shell that started us waits for us, not for the app: when the app is stopped from the
// terminal we stop too, and put it back into the foreground when we are continued there.
void Supervisor::follow_into_stop() noexcept
{
    const int group = sys::process_group();
    if (sys::foreground(terminal_) == main_)
        sys::set_foreground(terminal_, group);
    sys::kill(own_, SIGSTOP);
    if (sys::foreground(terminal_) == group)
        sys::set_foreground(terminal_, main_);
    sys::kill(-main_, SIGCONT);
}

[[OUTIS_IN_LOOP]] bool Supervisor::next_signal(Signal& signal,
                                               std::optional<std::int64_t> deadline) noexcept
{
    timespec left{};
    if (deadline) {
        const std::int64_t now = sys::milliseconds();
        const std::int64_t rest = *deadline > now ? *deadline - now : 0;
        left.tv_sec = rest / 1000;
        left.tv_nsec = rest % 1000 * 1'000'000;
    }
    const long number = sys::take_signal(sys::kAllSignals, signal.info, deadline ? &left : nullptr);
    signal.number = number > 0 ? static_cast<int>(number) : 0;
    return number != -EAGAIN;
}

int Supervisor::run() noexcept
{
    if (settings_.time_limit)
        deadline_ = sys::milliseconds() + *settings_.time_limit;
    // An app that ends at once is not kept waiting for our own filter, which takes the kernel half
    // as long to install as the app to start. A time beyond the next tick needs no timer of its
    // own.
    Signal first;
    first.number = static_cast<int>(sys::take_signal(sys::kAllSignals, first.info, &kSettling));
    if (first.number > 0)
        handle(first);
    if (!reap_all())
        supervise();
    end_the_rest();
    return status_;
}

[[OUTIS_IN_LOOP]] void Supervisor::supervise() noexcept
{
    settle_down(settings_.voice);
    do {
        Signal signal;
        if (!next_signal(signal, deadline_))
            meet_deadline();
        else if (signal.number != 0)
            handle(signal);
    } while (!reap_all());
}

[[OUTIS_IN_LOOP]] void Supervisor::handle(Signal& signal) noexcept
{
    const bool from_user = signal.info.si_code <= 0;
    if (signal.number == SIGCHLD && (!from_user || settings_.manner != Manner::outis))
        return;
    // What we did to ourselves, such as writing into a closed pipe, is not the app's affair.
    if (from_user && signal.info.si_pid == own_)
        return;
    // A probe's program has its own limit, which neither drain nor grace may move.
    if (holds(settings_.stop, signal.number) && !settings_.time_limit)
        handle_stop(signal);
    else
        forward(signal);
    // dumb-init(1) is suspended with what it runs.
    if (settings_.manner == Manner::dumb_init && holds(kTerminalStops, signal.number))
        sys::kill(own_, SIGSTOP);
}

[[OUTIS_IN_LOOP]] void Supervisor::handle_stop(Signal& signal) noexcept
{
    if (settings_.drain && *settings_.drain != 0 && !stopping_ && !drained_) {
        drained_ = signal;
        deadline_ = sys::milliseconds() + *settings_.drain;
        return;
    }
    if (drained_ && drained_->number != signal.number)
        forward(*drained_);
    drained_.reset();
    forward(signal);
    if (!stopping_)
        deadline_ =
            settings_.grace ? std::optional(sys::milliseconds() + *settings_.grace) : std::nullopt;
    stopping_ = true;
}

void Supervisor::meet_deadline() noexcept
{
    deadline_.reset();
    if (drained_) {
        Signal signal = *drained_;
        stopping_ = false;
        handle_stop(signal);
        return;
    }
    // A tracer among the app's own children may hold its end back: then all of them go.
    if (killed_) {
        signal_the_rest(SIGKILL);
    } else {
        Line line;
        line.add("the app did not end in time, killing it:");
        describe_process(main_, line);
        settings_.voice.say(Level::warn, line);
        killed_ = true;
        if (settings_.group)
            sys::kill(-main_, SIGKILL);
        sys::kill(main_, SIGKILL);
    }
    deadline_ = sys::milliseconds() + kReapingTime;
}

[[OUTIS_IN_LOOP]] void Supervisor::forward(Signal& signal) noexcept
{
    const int to = settings_.rewrite[static_cast<std::size_t>(signal.number)];
    if (to == 0)
        return;
    long answer = -EAGAIN;
    if (!settings_.group && queued(signal.info)) {
        signal.info.si_signo = to;
        answer = sys::queue_signal(main_, to, signal.info);
    }
    // A full queue (RLIMIT_SIGPENDING) still takes a signal without its value.
    if (answer == -EAGAIN)
        answer = sys::kill(settings_.group ? -main_ : main_, to);
    // An app that has left its group is still the app; one that was reaped has no number any more.
    if (answer == -ESRCH && !ended_)
        answer = sys::kill(main_, to);
    if (answer < 0 || settings_.voice.says(Level::debug)) {
        Line line;
        line.add(answer < 0 ? "cannot forward " : "forwarded ").add_signal(to);
        if (answer < 0)
            line.add(": ").add_error(static_cast<int>(-answer));
        settings_.voice.say(answer == -ESRCH ? Level::debug
                            : answer < 0     ? Level::warn
                                             : Level::debug,
                            line);
    }
}

void Supervisor::signal_the_rest(int signal) noexcept
{
    if (own_ == kFirstProcess) {
        sys::kill(-1, signal);
        return;
    }
    // Never kill(-1) here: other containers, or the whole host, would hear it.
    sys::kill(-main_, signal);
    for_each_descendant(own_, [&](int pid) { sys::kill(pid, signal); });
}

// As PID 1 also those whom an engine's exec brought into the namespace, who are nobody's children.
bool Supervisor::nobody_is_left() const noexcept
{
    return childless_ && (own_ != kFirstProcess || settings_.machine || sys::kill(-1, 0) == -ESRCH);
}

// True when nobody is left; false when the time is over, if there is one, or we are told to stop
// again.
bool Supervisor::wait_for_the_rest(std::optional<std::int64_t> until) noexcept
{
    for (;;) {
        reap_all();
        if (nobody_is_left())
            return true;
        // Of the end of strangers no signal tells.
        const std::int64_t soon = sys::milliseconds() + kBetweenLooks;
        Signal signal;
        if (!next_signal(signal, childless_ && (!until || soon < *until) ? soon : until)) {
            if (until && sys::milliseconds() >= *until)
                return false;
            continue;
        }
        if (signal.number != 0 && holds(settings_.stop, signal.number))
            return false;
    }
}

void Supervisor::end_the_rest() noexcept
{
    // The peers end with their child; dumb-init(1) tells its session's group first. Who gives a
    // grace wants our way.
    if (settings_.manner != Manner::outis && !settings_.grace) {
        Signal parting{.number = SIGTERM};
        if (settings_.session)
            forward(parting);
        return;
    }
    if (childless_ && own_ != kFirstProcess)
        return;
    signal_the_rest(SIGTERM);
    if (nobody_is_left())
        return;
    // Whoever told us to stop kills us when the time is over, and gave more of it than we would.
    const bool told = (stopping_ || drained_) && settings_.manner == Manner::outis;
    std::optional<std::int64_t> end;
    if (settings_.time_limit || settings_.grace || !told)
        end = sys::milliseconds() +
              (settings_.time_limit ? kPartingGrace : settings_.grace.value_or(kPartingGrace));
    if (wait_for_the_rest(end))
        return;
    Line line;
    line.add("still there after the app has ended, killing:");
    for_each_descendant(own_, [&](int pid) { describe_process(pid, line); });
    settings_.voice.say(Level::warn, line);
    const std::int64_t until = sys::milliseconds() + kReapingTime;
    do {
        signal_the_rest(SIGKILL);
    } while (!wait_for_the_rest(until) && sys::milliseconds() < until);
}

}  // namespace outis::init
