// A pseudo-terminal, pty(7).
#pragma once

#include "outis/base/fd.h"

namespace outis::tests {

struct Terminal {
    Fd outside;  // what a person at the keyboard has
    Fd program;  // what the program has; not yet its controlling terminal
};

// Both close-on-exec. Throws std::system_error where there are no more terminals.
Terminal open_terminal();

}  // namespace outis::tests
