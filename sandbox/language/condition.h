// The language of `when`: "domain in [AF_UNIX, AF_INET]", "flags & CLONE_NEWUSER == 0 and ...".
//
//   condition   "always" | tests { "or" tests }
//   tests       test { "and" test }
//   test        argument [ "&" constant ] ( comparison constant | [ "not" ] "in" list )
//   list        "[" constant { "," constant } "]"
//   constant    word { "|" word }
//   word        a name such as AF_INET, or a number: 10, 0x1F, 0o777, each with "-" if need be
//   comparison  "==" | "!=" | "<" | "<=" | ">" | ">="
//
// "and" binds closer than "or". There are no parentheses: what they would group is two rules.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "outis/base/result.h"
#include "outis/sandbox/condition.h"

namespace outis::sandbox::language {

struct ConditionError {
    std::uint32_t at = 0;  // bytes from the start of the text
    std::uint32_t width = 1;
    std::string message;
    std::string hint;
};

// `call` gives the arguments their names and types. "always" is no conjunction at all.
[[nodiscard]] Result<std::vector<Conjunction>, ConditionError> parse_condition(
    std::string_view text, std::string_view call);

// A condition that was written over several lines, as messages say it.
[[nodiscard]] std::string in_one_line(std::string_view condition);

}  // namespace outis::sandbox::language
