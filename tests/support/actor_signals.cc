#include <cerrno>
#include <cstdlib>

#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "actor.h"

namespace outis::actor {
namespace {

int caught_code = 0;

void leave(int)
{
    _exit(caught_code);
}

}  // namespace

// signals COUNT: takes COUNT signals, says each with how it was sent.
int report_signals(char** arguments)
{
    const int count = number(arguments[0]);
    block(~SignalSet{0});
    say("ready");
    for (int i = 0; i < count; ++i) {
        siginfo_t info{};
        const int signal = next_signal(info);
        say("signal %d code %d value %d", signal, info.si_code,
            info.si_code == SI_QUEUE ? info.si_value.sival_int : 0);
    }
    return 0;
}

// die SIGNAL: by our own hand; for a signal that is blocked or ignored, back with code 98.
int die(char** arguments)
{
    constexpr int kAlive = 98;
    kill(getpid(), number(arguments[0]));
    return kAlive;
}

// catch SIGNAL CODE: exits with CODE from a handler.
int catch_and_exit(char** arguments)
{
    caught_code = number(arguments[1]);

    struct sigaction action {};

    action.sa_handler = leave;
    sigaction(number(arguments[0]), &action, nullptr);
    say("ready");
    wait_for_ever();
}

// ignore SIGNAL
int ignore_and_wait(char** arguments)
{
    signal(number(arguments[0]), SIG_IGN);
    say("ready");
    wait_for_ever();
}

// stop SIGNAL CODE: stops, says when it goes on, exits.
int stop_myself(char** arguments)
{
    say("ready");
    kill(getpid(), number(arguments[0]));
    say("continued");
    return number(arguments[1]);
}

// traced COMMAND ARG...: asks our parent to trace us, then executes ourselves with the rest; with
// nothing left waits.
int ask_to_be_traced(char** arguments)
{
    if (ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0)
        return errno;
    if (arguments[0] != nullptr) {
        execv("/proc/self/exe", arguments - 1);
        return errno;
    }
    say("ready");
    wait_for_ever();
}

// hold-back: a child traces us, so that nobody else learns of our end.
int hold_my_end_back(char**)
{
    signal(SIGTERM, SIG_IGN);
    int ends[2];
    if (pipe(ends) != 0)
        return errno;
    const pid_t self = getpid();
    const pid_t child = fork();
    if (child == 0) {
        const bool holds = ptrace(PTRACE_SEIZE, self, nullptr, nullptr) == 0 && setsid() > 0;
        if (write(ends[1], holds ? "y" : "n", 1) != 1)
            _exit(1);
        wait_for_ever();
    }
    char answer = 0;
    if (child < 0 || read(ends[0], &answer, 1) != 1 || answer != 'y')
        return 1;
    say("ready");
    wait_for_ever();
}

// leave-group: the group that we led is empty from here on.
int leave_my_group(char**)
{
    const pid_t child = fork();
    if (child == 0) {
        setpgid(0, 0);
        wait_for_ever();
    }
    if (child < 0 || (setpgid(child, child) != 0 && errno != EACCES) || setpgid(0, child) != 0)
        return errno;
    kill(child, SIGKILL);
    say("ready");
    wait_for_ever();
}

}  // namespace outis::actor
