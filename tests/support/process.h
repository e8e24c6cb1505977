// Runs a program under test from outside, in the surroundings that a row of a test asks for, and
// collects what it says. Nothing here waits without a deadline, and what was started is ended.
//
// What fails in the harness itself throws std::system_error, which doctest reports.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

#include "outis/base/fd.h"
#include "support/skip.h"

namespace outis::tests {

// Bit n is signal n + 1, as in the kernel's sigset_t; 32 and 33 count.
using SignalSet = std::uint64_t;

constexpr SignalSet signals(std::initializer_list<int> numbers)
{
    SignalSet set = 0;
    for (const int number : numbers)
        set |= SignalSet{1} << (number - 1);
    return set;
}

// A system call that is not done and answers with `error`; with 0 it claims to be done. Where
// `first` is given, only with that first argument.
struct RefusedCall {
    long number = 0;
    std::optional<std::uint32_t> first;
    std::uint16_t error = 0;
    bool trap = false;  // instead of an answer, SIGSYS as for a fault
};

// How the program is started. Whatever is not named is a plain start: nothing blocked, nothing
// ignored, stdin empty, stdout and stderr collected, no descriptor beyond, our own ids.
struct Setup {
    std::vector<std::string> arguments;     // the first is the file, seen from `root`
    std::string name;                       // argv[0], where it is not the file
    std::vector<std::string> environment;   // "NAME=VALUE"
    std::string root;                       // chroot
    std::string directory = "/";            // seen from `root`
    bool pid_namespace = false;             // as PID 1, with a /proc of its own
    bool proc = true;                       // false: an empty /proc; only in a namespace
    bool terminal = false;                  // 0, 1 and 2 are a terminal that controls its session
    bool stderr_full = false;               // a pipe that takes no byte more, and is never read
    std::optional<std::uint32_t> uid;       // and gid, with no other groups
    std::optional<std::uint32_t> real_uid;  // where it is not `uid`
    std::optional<std::uint32_t> real_gid;
    SignalSet blocked = 0;
    SignalSet ignored = 0;
    SignalSet pending = 0;    // sent before the program begins; must be blocked
    std::vector<int> closed;  // of 0, 1 and 2
    std::vector<int> leaked;  // numbers under which /dev/null is left open
    std::vector<int> dropped_capabilities;
    std::optional<std::uint64_t> most_processes;  // RLIMIT_NPROC
    std::optional<RefusedCall> refused;
};

struct Ended {
    bool hung = false;  // still there at the deadline
    int code = -1;      // exit code, or
    int signal = 0;     // the signal that ended it
    std::string out;
    std::string err;

    // "7", "signal 15" or "hangs": an end that a table can name.
    std::string outcome() const;
};

// Room for what a machine under load may need; never the measure of anything.
constexpr int kDeadline = 60'000;  // milliseconds

// One at a time: the end of one sweeps up every child of ours.
class Process {
public:
    // Returns once the program's execve has succeeded.
    explicit Process(const Setup& setup);
    ~Process();  // ends the program and every process it left to us
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;

    pid_t pid() const { return pid_; }

    const std::string& out() const { return out_; }

    const std::string& err() const { return err_; }

    void send(int signal) const;
    void queue(int signal, int value) const;  // sigqueue(3)
    // False if nobody reads any more.
    bool write_input(std::string_view text) const;

    void close_input() { input_.reset(); }

    void close_errors() { errors_.reset(); }

    // True as soon as stdout (or the terminal) has `text` in it; false when the program has ended
    // or the time is over without it.
    bool says(std::string_view text, int milliseconds = kDeadline);
    bool complains(std::string_view text, int milliseconds = kDeadline);  // stderr

    // Waits for the program to stop by a signal (WUNTRACED): the signal, or 0.
    int stop_signal(int milliseconds = kDeadline);

    Ended wait(int milliseconds = kDeadline);

private:
    bool collect(int milliseconds);
    bool wait_for(const std::string& stream, std::string_view text, int milliseconds);

    pid_t pid_ = -1;
    Fd handle_;  // pidfd
    Fd input_;
    Fd output_;
    Fd errors_;
    Fd unread_;  // stderr that stays full
    std::string out_;
    std::string err_;
    bool reaped_ = false;
};

// Starts, waits and ends.
Ended run(const Setup& setup, int milliseconds = kDeadline);

// True when `holds()` is, asked again and again until the time is over.
template <typename Condition>
bool eventually_within(int milliseconds, Condition holds);
template <typename Condition>
bool eventually(Condition holds);

// What this process may do here; a row that needs more is skipped (skip.h).
bool can_make_namespaces();

// The file of /proc/PID, whole; empty if it is not there.
std::string proc_text(pid_t pid, std::string_view file);
// The value of "NAME:" in /proc/PID/status or smaps_rollup, without blanks around it.
std::string proc_field(pid_t pid, std::string_view file, std::string_view name);
std::vector<pid_t> children_of(pid_t pid);
void end_children();  // ours, with all they leave to us
std::string link_target(const std::string& path);

std::int64_t now_milliseconds();
void wait_a_little();  // 2 ms, between two questions of eventually()

template <typename Condition>
bool eventually_within(int milliseconds, Condition holds)
{
    const std::int64_t until = now_milliseconds() + milliseconds;
    while (!holds()) {
        if (now_milliseconds() > until)
            return false;
        wait_a_little();
    }
    return true;
}

template <typename Condition>
bool eventually(Condition holds)
{
    return eventually_within(kDeadline, holds);
}

}  // namespace outis::tests
