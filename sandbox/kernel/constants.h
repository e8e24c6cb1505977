// Symbolic constants for conditions: AF_INET, CLONE_NEWUSER, PROT_EXEC, TIOCSTI, ...
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace outis::sandbox::kernel {

struct Constant {
    std::string_view name;
    std::int64_t value = 0;
};

// Ascending by name. Only constants that are equal on all ABIs are here.
[[nodiscard]] std::span<const Constant> constants() noexcept;

[[nodiscard]] std::optional<std::int64_t> find_constant(std::string_view name) noexcept;

}  // namespace outis::sandbox::kernel
