// Ctrl-C and its like without litter: the signals wait while work goes on, the work asks now and
// then whether one is there, and gives up in the ordinary way, so that everything is cleaned up.
#pragma once

#include <atomic>
#include <chrono>
#include <csignal>

#include "outis/error.h"

namespace outis::images::host {

// INT, TERM and HUP.
sigset_t interrupting_signals();

// From now on they wait. Once, at the start of the program.
void hold_interrupts();

// An error if one is waiting, or as the two classes below say.
Result<Done, Error> check_interrupts();

// While one lives, its thread is interrupted as soon as `stop` is set.
class StopsWith {
public:
    explicit StopsWith(const std::atomic<bool>& stop);
    StopsWith(const StopsWith&) = delete;
    StopsWith& operator=(const StopsWith&) = delete;
    ~StopsWith();
};

// While one lives, its thread is interrupted by nothing but the end of `time`.
class LastWords {
public:
    explicit LastWords(std::chrono::milliseconds time);
    LastWords(const LastWords&) = delete;
    LastWords& operator=(const LastWords&) = delete;
    ~LastWords();
};

// Lets one that waits do what it would have done: end the program as its sender expects.
void release_interrupts();

}  // namespace outis::images::host
