// A run under ptrace(2): every system call that the program under test and its children make.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "process.h"

namespace outis::tests {

struct Call {
    pid_t pid = 0;
    std::uint64_t number = 0;
    std::array<std::uint64_t, 6> arguments{};
    std::int64_t result = 0;  // as the kernel answered; 0 for a call that does not come back
};

struct Trace {
    pid_t first = 0;          // the program itself; all others are its children
    std::vector<Call> calls;  // from the first after execve, in the order of their beginning
    Ended end;

    std::vector<Call> of_first() const;  // those of the program itself
    std::vector<Call> of_others() const;
};

// Who runs when, where a test must know.
enum class Pace {
    as_it_comes,
    late_children,   // a new process stands at its first instruction until the others only wait
    early_children,  // the program stands still until the process it has made has ended
};

// The program must end by itself. No terminal and no full stderr here.
Trace trace(const Setup& setup, Pace pace = Pace::as_it_comes, int milliseconds = kDeadline);

// "close_range", or the number in decimal if the table of names lacks it.
std::string call_name(std::uint64_t number);

}  // namespace outis::tests
