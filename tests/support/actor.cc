#include "actor.h"

#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace outis::actor {
namespace {

constexpr int kTestIsWrong = 99;

int exit_with(char** arguments)
{
    return number(arguments[0]);
}

// nap MILLISECONDS
int nap(char** arguments)
{
    usleep(static_cast<useconds_t>(number(arguments[0])) * 1000);
    return 0;
}

int hold(char**)
{
    say("ready");
    wait_for_ever();
}

// Says one line, waits for one on stdin, and goes: what a test does to order events.
int ask(char** arguments)
{
    say("ready");
    char byte = 0;
    while (read(STDIN_FILENO, &byte, 1) == 1 && byte != '\n') {
    }
    say("heard");
    return number(arguments[0]);
}

// open PATH: for writing if it is one of our own descriptors, else for reading; says the errno.
int open_file(char** arguments)
{
    const bool own = std::strncmp(arguments[0], "/proc/self/fd/", 14) == 0;
    const int fd = open(arguments[0], (own ? O_WRONLY : O_RDONLY) | O_CLOEXEC);
    say("open %d", fd < 0 ? errno : 0);
    return 0;
}

// execute PROGRAM ARG...: says the errno where it comes back.
int execute(char** arguments)
{
    execv(arguments[0], arguments);
    say("execute %d", errno);
    return 0;
}

struct Row {
    const char* name;
    Command command;
};

constexpr Row kRows[]{
    {"exit", exit_with},
    {"nap", nap},
    {"hold", hold},
    {"ask", ask},
    {"open", open_file},
    {"execute", execute},
    {"inherit", report_inheritance},
    {"signals", report_signals},
    {"die", die},
    {"catch", catch_and_exit},
    {"ignore", ignore_and_wait},
    {"stop", stop_myself},
    {"traced", ask_to_be_traced},
    {"hold-back", hold_my_end_back},
    {"leave-group", leave_my_group},
    {"orphans", make_orphans},
    {"orphan", leave_orphan},
    {"daemon", leave_daemon},
    {"leave", leave_in_group},
    {"prefork", serve_by_workers},
    {"under", supervise_another},
    {"become", become_and_wait},
    {"crowd", die_at_once},
    {"vfork", stand_still},
};

}  // namespace

void say(const char* format, ...)
{
    char line[4096];
    va_list list;
    va_start(list, format);
    int length = std::vsnprintf(line, sizeof line - 1, format, list);
    va_end(list);
    if (length > static_cast<int>(sizeof line) - 2)
        length = static_cast<int>(sizeof line) - 2;
    line[length] = '\n';
    [[maybe_unused]] const auto written =
        write(STDOUT_FILENO, line, static_cast<std::size_t>(length) + 1);
}

int number(const char* text)
{
    char* end = nullptr;
    const long value = text == nullptr ? 0 : std::strtol(text, &end, 10);
    if (text == nullptr || *text == 0 || *end != 0)
        _exit(kTestIsWrong);
    return static_cast<int>(value);
}

SignalSet block(SignalSet set)
{
    SignalSet before = 0;
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &set, &before, sizeof set);
    return before;
}

int next_signal(siginfo_t& info)
{
    const SignalSet all = ~SignalSet{0};
    for (;;) {
        const long signal = syscall(SYS_rt_sigtimedwait, &all, &info, nullptr, sizeof all);
        if (signal > 0)
            return static_cast<int>(signal);
    }
}

void wait_for_ever()
{
    for (;;)
        pause();
}

}  // namespace outis::actor

int main(int, char** argv)
{
    for (const auto& row : outis::actor::kRows) {
        if (argv[1] != nullptr && std::strcmp(argv[1], row.name) == 0)
            return row.command(argv + 2);
    }
    return outis::actor::kTestIsWrong;
}
