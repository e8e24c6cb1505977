// The program that init starts in the tests: it does one thing and says on stdout what it saw.
// Static, so that it runs in a root that holds nothing else.
#pragma once

#include <csignal>
#include <cstdint>

namespace outis::actor {

// Subcommands take their own arguments, NULL-terminated; the answer is the exit code.
using Command = int (*)(char** arguments);

// actor_report.cc
int report_inheritance(char** arguments);

// actor_signals.cc
int report_signals(char** arguments);
int die(char** arguments);
int catch_and_exit(char** arguments);
int ignore_and_wait(char** arguments);
int stop_myself(char** arguments);
int ask_to_be_traced(char** arguments);
int hold_my_end_back(char** arguments);
int leave_my_group(char** arguments);

// actor_processes.cc
int make_orphans(char** arguments);
int leave_orphan(char** arguments);
int leave_daemon(char** arguments);
int leave_in_group(char** arguments);
int serve_by_workers(char** arguments);
int supervise_another(char** arguments);
int stand_still(char** arguments);
int become_and_wait(char** arguments);
int die_at_once(char** arguments);

// One line on stdout in one write, so that lines of several processes never mix.
[[gnu::format(printf, 1, 2)]] void say(const char* format, ...);

int number(const char* text);  // or exit 99: the test itself is wrong

// All 64 signals, 32 and 33 too, which libc keeps for itself.
using SignalSet = std::uint64_t;
SignalSet block(SignalSet set);
int next_signal(siginfo_t& info);

[[noreturn]] void wait_for_ever();

}  // namespace outis::actor
