// Why a run never started, before any promise was at stake: usage, policy, accounts. Parts of one
// line rather than the line itself, so that reasons are cheap to pass on.
#pragma once

#include <string_view>

#include "init/kernel/say.h"

namespace outis::init {

// Reads: BEFORE 'SUBJECT' AFTER: strerror(NUMBER); REMEDY.
struct Refusal {
    int code = 0;  // exit code
    std::string_view before = {};
    std::string_view subject = {};  // a name from outside, printed in quotes
    std::string_view after = {};
    int number = 0;  // errno, or 0
    std::string_view remedy = {};
};

void describe(const Refusal& refusal, Line& line) noexcept;

}  // namespace outis::init
