// The side of the program under test: from fork to execve.
#pragma once

#include "process.h"

namespace outis::tests {

// Descriptors the child is to have; -1 for /dev/null.
struct Streams {
    int input = -1;
    int output = -1;
    int errors = -1;
    int terminal = -1;  // instead of the three
    int report = -1;    // gets the text of what failed; closed by a successful execve
    bool traced = false;
};

// A copy of this process, in the namespaces of the setup. 0 in the child.
pid_t fork_for(const Setup& setup);

// Makes the surroundings and executes; comes back never.
[[noreturn]] void become_program(const Setup& setup, const Streams& streams);

}  // namespace outis::tests
