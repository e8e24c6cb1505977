// The table of system calls' arguments. Calls without a row take none, or Linux 7.1 does not
// implement them.
#pragma once

#include <string_view>

namespace outis::sandbox::kernel {

struct ArgumentRow {
    std::string_view call;
    std::string_view arguments;  // "name:type" in order, separated by blanks; at most six
};

// Empty if the table has no row for `call`.
[[nodiscard]] std::string_view argument_row(std::string_view call) noexcept;

}  // namespace outis::sandbox::kernel
