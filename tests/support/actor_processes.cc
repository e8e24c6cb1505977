#include <cerrno>
#include <cstdlib>

#include <grp.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "actor.h"

namespace outis::actor {
namespace {

constexpr int kNoFork = 97;

pid_t fork_or_leave()
{
    const pid_t pid = fork();
    if (pid < 0)
        _exit(kNoFork);
    return pid;
}

void reap_children()
{
    while (waitpid(-1, nullptr, 0) > 0 || errno == EINTR) {
    }
}

// A grandchild whose parent has ended already: it belongs to init now.
template <typename Body>
void orphan(Body body)
{
    const pid_t middle = fork_or_leave();
    if (middle == 0) {
        if (fork_or_leave() == 0)
            _exit(body());
        _exit(0);
    }
    waitpid(middle, nullptr, 0);
}

void wait_for_signal(int wanted)
{
    for (siginfo_t info{}; next_signal(info) != wanted;) {
    }
}

}  // namespace

// orphans COUNT WAVE CODE: COUNT orphans, WAVE at a time, all of a wave let go at once. Goes on to
// the end on USR1.
int make_orphans(char** arguments)
{
    const int count = number(arguments[0]);
    const int wave = number(arguments[1]);
    block(~SignalSet{0});
    say("ready");
    for (int made = 0; made < count; made += wave) {
        int gate[2];
        if (pipe(gate) < 0)
            return kNoFork;
        const pid_t middle = fork_or_leave();
        if (middle == 0) {
            close(gate[1]);
            for (int i = 0; i < wave && made + i < count; ++i) {
                if (fork_or_leave() == 0) {
                    char byte = 0;
                    _exit(read(gate[0], &byte, 1) > 0 ? 1 : 0);
                }
            }
            _exit(0);
        }
        close(gate[0]);
        waitpid(middle, nullptr, 0);
        close(gate[1]);
    }
    say("done");
    wait_for_signal(SIGUSR1);
    return number(arguments[2]);
}

// orphan CODE: one orphan that says who its parent is once it has a new one; ends before it does.
int leave_orphan(char** arguments)
{
    const pid_t self = getpid();
    block(~SignalSet{0});
    int gate[2];
    if (pipe(gate) < 0)
        return kNoFork;
    const pid_t middle = fork_or_leave();
    if (middle == 0) {
        if (fork_or_leave() == 0) {
            close(gate[1]);
            char byte = 0;
            [[maybe_unused]] const auto got = read(gate[0], &byte, 1);
            say("parent %s", getppid() == self ? "child" : getppid() == 1 ? "first" : "other");
            say("parent-pid %d", getppid());
            _exit(0);
        }
        _exit(0);
    }
    waitpid(middle, nullptr, 0);
    close(gate[1]);
    wait_for_signal(SIGUSR1);
    return number(arguments[0]);
}

// daemon CODE: leaves a daemon in a session of its own, which says when it is told to end, and
// stays until USR1.
int leave_daemon(char** arguments)
{
    block(~SignalSet{0});
    orphan([] {
        setsid();
        block(~SignalSet{0});
        say("daemon ready");
        wait_for_signal(SIGTERM);
        say("daemon told");
        return 0;
    });
    say("ready");
    wait_for_signal(SIGUSR1);
    return number(arguments[0]);
}

// leave CODE: leaves an orphan in our group, which says each signal that it gets, and that it has
// had all of them on the last one of all. Goes on to the end on USR1.
int leave_in_group(char** arguments)
{
    constexpr int kLast = 64;
    block(~SignalSet{0});
    orphan([] {
        say("left %d here", getpid());
        for (siginfo_t info{};;) {
            const int signal = next_signal(info);
            if (signal == kLast)
                say("left has all");
            else
                say("left got %d", signal);
        }
        return 0;
    });
    say("ready");
    wait_for_signal(SIGUSR1);
    return number(arguments[0]);
}

// prefork: a server whose worker has a request running. On TERM the server stops and lets its
// worker finish; a worker that gets TERM itself loses the request.
int serve_by_workers(char**)
{
    block(SignalSet{1} << (SIGTERM - 1));
    const pid_t worker = fork_or_leave();
    if (worker == 0) {
        block(0);
        say("request running");
        char byte = 0;
        while (read(STDIN_FILENO, &byte, 1) == 1 && byte != '\n') {
        }
        say("request done");
        _exit(0);
    }
    siginfo_t info{};
    const SignalSet all = ~SignalSet{0};
    block(all);
    while (next_signal(info) != SIGTERM) {
    }
    say("server stopping");
    int status = 0;
    waitpid(worker, &status, 0);
    say(WIFEXITED(status) ? "all done" : "request lost");
    return 0;
}

// under PROGRAM ARG...: runs a program as its child, says how it ended; what it leaves behind is
// not ours. Passes TERM on; on USR2 ends at once.
int supervise_another(char** arguments)
{
    block(~SignalSet{0});
    const pid_t child = fork_or_leave();
    if (child == 0) {
        block(0);
        execv(arguments[0], arguments);
        _exit(kNoFork);
    }
    say("child %d", child);
    for (siginfo_t info{};;) {
        const int signal = next_signal(info);
        if (signal == SIGTERM || signal == SIGUSR1)
            kill(child, signal);
        if (signal == SIGUSR2)
            return 0;
        int status = 0;
        if (signal == SIGCHLD && waitpid(child, &status, WNOHANG) == child) {
            say("ended %d", WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
            reap_children();
            return 0;
        }
    }
}

// become UID: changes the user by itself, then takes signals until TERM, or USR1 for a plain end.
int become_and_wait(char** arguments)
{
    const auto id = static_cast<uid_t>(number(arguments[0]));
    block(~SignalSet{0});
    if (setgroups(0, nullptr) < 0 || setresgid(id, id, id) < 0 || setresuid(id, id, id) < 0)
        return kNoFork;
    say("ready");
    siginfo_t info{};
    const int signal = next_signal(info);
    say("signal %d", signal);
    return 0;
}

// vfork: stands still in the kernel until its child ends.
int stand_still(char**)
{
    signal(SIGTERM, SIG_IGN);
    if (vfork() == 0) {
        say("ready");
        wait_for_ever();
    }
    return 0;
}

// crowd COUNT CODE: COUNT orphans and this process end in one moment, on a line on stdin.
int die_at_once(char** arguments)
{
    const int count = number(arguments[0]);
    int gate[2];
    if (pipe(gate) < 0)
        return kNoFork;
    for (int i = 0; i < count; ++i) {
        orphan([&] {
            close(gate[1]);
            char byte = 0;
            return read(gate[0], &byte, 1) > 0 ? 1 : 0;
        });
    }
    say("ready");
    char byte = 0;
    [[maybe_unused]] const auto got = read(STDIN_FILENO, &byte, 1);
    return number(arguments[1]);
}

}  // namespace outis::actor
