// What an image tells PID 1: the options of its entrypoint, and behind them OUTIS_ variables.
// Source: init/README.md.
#pragma once

#include <string>

#include "oci/config.h"
#include "outis/error.h"

namespace outis::images::kubernetes {

// Empty: nothing is said.
struct InitWords {
    std::string profile = {};
    std::string drain = {};
    std::string grace = {};
    bool drain_is_fixed = false;  // by an option, which a variable does not change
    bool grace_is_fixed = false;
};

// An entrypoint that is not PID 1 is an error.
Result<InitWords, Error> init_words(const oci::RunConfig& run);

constexpr std::int64_t kNanosecondsASecond = 1'000'000'000;

// A time as PID 1 reads it, "5s" or bare seconds, in nanoseconds.
Result<std::int64_t, Error> init_time(const std::string& text);

}  // namespace outis::images::kubernetes
