// What both ways of taking over a foreign profile's rules have in common.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "sandbox/import/foreign.h"

namespace outis::sandbox::imports {

// The rules of each call, in order of the text, each once.
using RulesByCall = std::map<std::string, std::vector<FlatRule>>;

[[nodiscard]] RulesByCall by_call(std::vector<FlatRule> rules);

[[nodiscard]] bool permits(const ForeignAction& action) noexcept;

// ENOSYS for `trace`, which is what the kernel answers where nobody traces.
[[nodiscard]] Action action_of(const ForeignAction& action) noexcept;

// Without comparisons, or with none but of no bits at all, which libseccomp leaves out.
[[nodiscard]] bool always_speaks(const FlatRule& rule) noexcept;

// runc then takes either of all the rule's comparisons for the rule.
[[nodiscard]] bool compares_an_argument_twice(const FlatRule& rule) noexcept;

// False if no values of the arguments let both rules speak; true also where that is hard to tell.
[[nodiscard]] bool may_both_speak(const FlatRule& left, const FlatRule& right) noexcept;

// The strictest first; rules of one kind stay in order.
void sort_by_strictness(std::vector<FlatRule>& rules);

// Of the whole register, as libseccomp compares it. Wanted bits outside a mask are left out.
[[nodiscard]] Test register_test(const ForeignTest& test);

}  // namespace outis::sandbox::imports
