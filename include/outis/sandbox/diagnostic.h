// What is wrong with a text, where, and what to do about it.
//
// Printed in the manner of compilers, so that editors can jump to the place:
//
//     go.toml:7:11: unknown system call 'raed'; did you mean 'read'?
//         7 | allow = ["raed"]
//           |          ^~~~~~
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "outis/base/policy_layout.h"
#include "outis/error.h"

namespace outis::sandbox {

// A warning is for what is legal and most likely not meant.
enum class Severity : std::uint8_t { error, note, warning };

struct Diagnostic {
    Severity severity = Severity::error;
    std::string file = {};
    std::uint32_t line = 0;                 // from 1; 0: the message is about the file as a whole
    std::uint32_t column = 0;               // from 1, in characters
    std::uint32_t width = 1;                // characters to underline
    std::string message = {};               // a lower-case clause without full stop
    std::string hint = {};                  // the remedy, or empty
    std::string source_line = {};           // as much as is printed, without its line end
    std::optional<policy::Arch> arch = {};  // the only one it is about
    std::string name = {};                  // of a warning: one that stays, for programs
};

using Diagnostics = std::vector<Diagnostic>;

// Ends with a line end. Of message and source line what steers a terminal is shown as '?', a tab as
// one blank, and both are cut at 160 characters.
[[nodiscard]] std::string print(const Diagnostic& diagnostic);
[[nodiscard]] std::string print(const Diagnostics& diagnostics);

// The same as an error: the first line is its text, the others its details.
[[nodiscard]] Failure<Error> failure_of(const Diagnostics& diagnostics);

}  // namespace outis::sandbox
