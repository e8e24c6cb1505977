#include "actor.h"

#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <sys/syscall.h>
#include <unistd.h>

namespace outis::actor {
namespace {

constexpr int kTestIsWrong = 99;

int exit_with(char** arguments)
{
    return number(arguments[0]);
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

int write_to_stderr(char** arguments)
{
    dprintf(STDERR_FILENO, "%s\n", arguments[0]);
    return 0;
}

struct Row {
    const char* name;
    Command command;
};

constexpr Row kRows[]{
    {"exit", exit_with},
    {"hold", hold},
    {"ask", ask},
    {"stderr", write_to_stderr},
    {"inherit", report_inheritance},
    {"signals", report_signals},
    {"die", die},
    {"catch", catch_and_exit},
    {"ignore", ignore_and_wait},
    {"stop", stop_myself},
    {"orphans", make_orphans},
    {"orphan", leave_orphan},
    {"daemon", leave_daemon},
    {"prefork", serve_by_workers},
    {"under", supervise_another},
    {"become", become_and_wait},
    {"crowd", die_at_once},
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
