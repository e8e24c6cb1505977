// Ctrl-C and its like without litter: the signals wait while work goes on, the work asks now and
// then whether one is there, and gives up in the ordinary way, so that everything is cleaned up.
#pragma once

#include <csignal>

#include "outis/error.h"

namespace outis::images {

// INT, TERM and HUP.
sigset_t interrupting_signals();

// From now on they wait. Once, at the start of the program.
void hold_interrupts();

// An error if one is waiting.
Result<Done, Error> check_interrupts();

// Lets one that waits do what it would have done: end the program as its sender expects.
void release_interrupts();

}  // namespace outis::images
