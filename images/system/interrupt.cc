#include "system/interrupt.h"

#include <array>

namespace outis::images {

namespace {

constexpr std::array kSignals{SIGINT, SIGTERM, SIGHUP};

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

Result<Done, Error> check_interrupts()
{
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

}  // namespace outis::images
