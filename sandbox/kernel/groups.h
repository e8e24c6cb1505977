// Named sets of system calls, "@basic-io" and its like.
#pragma once

#include <span>
#include <string_view>
#include <vector>

namespace outis::sandbox::kernel {

struct Group {
    std::string_view name;     // with its '@'
    std::string_view meaning;  // one clause
    std::string_view members;  // call names and groups that stand above it, separated by blanks
};

[[nodiscard]] std::span<const Group> groups() noexcept;

// Every call of the group, ascending, each once. Empty: no such group.
[[nodiscard]] std::vector<std::string_view> calls_of(std::string_view group);

}  // namespace outis::sandbox::kernel
