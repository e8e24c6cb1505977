// Short tables of names: error numbers, signals, resource limits, capabilities, Landlock scopes.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace outis::sandbox::kernel {

struct Name {
    std::string_view name;
    std::uint32_t value = 0;
};

using Names = std::span<const Name>;

[[nodiscard]] Names error_numbers() noexcept;    // "EPERM"
[[nodiscard]] Names signals() noexcept;          // "TERM"
[[nodiscard]] Names resources() noexcept;        // "nofile": RLIMIT_NOFILE
[[nodiscard]] Names capabilities() noexcept;     // "NET_BIND_SERVICE": bit number
[[nodiscard]] Names landlock_scopes() noexcept;  // "signal": LANDLOCK_SCOPE_SIGNAL

[[nodiscard]] std::optional<std::uint32_t> find_value(Names names, std::string_view name) noexcept;

// The first name of `value`; empty if there is none.
[[nodiscard]] std::string_view name_of(Names names, std::uint32_t value) noexcept;

// A signal by name, with or without "SIG", also RTMIN, RTMAX, RTMIN+N and RTMAX-N with the numbers
// of the kernel's ABI less the two that libcs keep for themselves (signal(7): 34 to 64).
[[nodiscard]] std::optional<std::uint8_t> find_signal(std::string_view name) noexcept;

}  // namespace outis::sandbox::kernel
