// The life of PID 1 once the app runs: signals go to the app, the dead are reaped, and when the app
// has ended everybody else is told to, before its status becomes ours.
//
// Nothing in here gives up: a container lives and dies with this loop.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "init/kernel/say.h"
#include "init/kernel/signals.h"
#include "init/kernel/sys.h"
#include "init/plan/plan.h"
#include "outis/base/policy.h"

namespace outis::init {

// What plan and policy say together; the plan wins.
struct Settings {
    Voice voice;
    Manner manner = Manner::outis;
    sys::SignalSet stop = 0;                  // signals that ask the app to end
    std::optional<std::uint32_t> drain;       // milliseconds before the first of them is forwarded
    std::optional<std::uint32_t> grace;       // milliseconds until KILL
    std::optional<std::uint32_t> time_limit;  // milliseconds the app may run
    bool group = false;
    bool session = false;
    bool tell_reaped = false;
    bool filtered = false;  // the policy has a filter
    bool machine = false;   // whose kernel threads are nobody we wait for
    std::array<std::uint8_t, kSignalLast + 1> rewrite{};
};

Settings settle(const Plan& plan, const policy::View& policy) noexcept;

// 128 + N for signal N, otherwise the exit code. `status` as wait(2) reports it.
int code_of_status(int status) noexcept;

// PID 1 confines itself (confine/own_filter.h; a refusal is a note) and gives start-up's memory
// back.
void settle_down(const Voice& voice) noexcept;

class Supervisor {
public:
    // `terminal`: where the child got the foreground from us, or -1.
    Supervisor(const Settings& settings, int main, int own, int terminal) noexcept
        : settings_(settings), main_(main), own_(own), terminal_(terminal)
    {
    }

    // Returns when the main child has ended and all others are gone or were killed: its status.
    int run() noexcept;

private:
    struct Signal {
        int number = 0;
        siginfo_t info{};
    };

    void supervise() noexcept;
    bool reap_all() noexcept;
    void note_end(int pid, int status) noexcept;
    bool next_signal(Signal& signal, std::optional<std::int64_t> deadline) noexcept;
    void handle(Signal& signal) noexcept;
    void handle_stop(Signal& signal) noexcept;
    void meet_deadline() noexcept;
    void forward(Signal& signal) noexcept;
    void follow_into_stop() noexcept;
    void end_the_rest() noexcept;
    void signal_the_rest(int signal) noexcept;
    bool nobody_is_left() const noexcept;
    bool wait_for_the_rest(std::optional<std::int64_t> until) noexcept;

    const Settings& settings_;
    const int main_;
    const int own_;
    const int terminal_;
    bool ended_ = false;
    bool childless_ = false;
    int status_ = 0;
    bool stopping_ = false;                 // a stop signal has gone to the app
    bool killed_ = false;                   // the grace was over
    std::optional<Signal> drained_;         // the stop signal that waits for the drain to end
    std::optional<std::int64_t> deadline_;  // end of the drain, or of the grace
};

}  // namespace outis::init
