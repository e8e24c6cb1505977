// Comparisons of whole registers in the width that the kernel gives an argument.
#pragma once

#include <string_view>
#include <vector>

#include "outis/sandbox/profile.h"
#include "sandbox/import/foreign.h"

namespace outis::sandbox::imports {

// Any of the conjunctions; none: it never holds. An empty conjunction always does.
using Alternatives = std::vector<Conjunction>;

// `test` of an argument of `call`. Its constants stay unsigned: `int x < 4` becomes
// `x >= 0 and x < 4`. A pointer, and an argument of 64 bits whose place differs between ABIs, stay
// whole registers. `narrowed` tells whether the upper half counted before; `known` whether the
// call has such an argument in our tables; it stays a whole register where not.
struct InWidth {
    Alternatives any;
    bool narrowed = false;
    bool known = true;
};

[[nodiscard]] InWidth in_width(const ForeignTest& test, std::string_view call);

// The same comparison of the register's low word, whatever its upper half holds; of the whole
// register where the constant needs more than 32 bits.
[[nodiscard]] Alternatives in_low_word(const ForeignTest& test);

}  // namespace outis::sandbox::imports
