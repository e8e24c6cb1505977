#include "host/interrupt.h"

#include <array>
#include <optional>

namespace outis::images::host {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::array kSignals{SIGINT, SIGTERM, SIGHUP};

// The work asks from the depth of libraries, which carry nothing of ours down there.
thread_local const std::atomic<bool>* stop_of_thread = nullptr;
thread_local std::optional<Clock::time_point> end_of_thread = {};

}  // namespace

sigset_t interrupting_signals()
{
    sigset_t set;
    ::sigemptyset(&set);
    for (const int signal : kSignals)
        ::sigaddset(&set, signal);
    return set;
}

void hold_interrupts()
{
    const sigset_t set = interrupting_signals();
    ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

StopsWith::StopsWith(const std::atomic<bool>& stop)
{
    stop_of_thread = &stop;
}

StopsWith::~StopsWith()
{
    stop_of_thread = nullptr;
}

LastWords::LastWords(std::chrono::milliseconds time)
{
    end_of_thread = Clock::now() + time;
}

LastWords::~LastWords()
{
    end_of_thread.reset();
}

Result<Done, Error> check_interrupts()
{
    if (end_of_thread) {
        if (Clock::now() < *end_of_thread)
            return Done{};
        return unavailable("out of time");
    }
    if (stop_of_thread != nullptr && *stop_of_thread)
        return unavailable("interrupted");
    sigset_t waiting;
    ::sigemptyset(&waiting);
    ::sigpending(&waiting);
    for (const int signal : kSignals) {
        if (::sigismember(&waiting, signal) == 1)
            return unavailable("interrupted");
    }
    return Done{};
}

void release_interrupts()
{
    const sigset_t set = interrupting_signals();
    ::pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

}  // namespace outis::images::host
