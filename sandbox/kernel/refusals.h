// Which errno a refused call answers, so that the programs which make it take another way, or stay
// silent, instead of giving up.
#pragma once

#include <cstdint>
#include <string_view>

namespace outis::sandbox::kernel {

// asm-generic/errno-base.h, asm-generic/errno.h: the same on every ABI that we know.
constexpr std::uint16_t kEperm = 1;
constexpr std::uint16_t kEinval = 22;
constexpr std::uint16_t kEnotty = 25;
constexpr std::uint16_t kEnosys = 38;
constexpr std::uint16_t kEnoprotoopt = 92;
constexpr std::uint16_t kEnotsup = 95;
constexpr std::uint16_t kEafnosupport = 97;

// The errno of a call that is refused as such, whatever its arguments: EPERM, unless the table
// knows one that its callers understand better.
[[nodiscard]] std::uint16_t errno_of_call(std::string_view call) noexcept;

// The errno where the arguments of `call` are refused, and others are not.
[[nodiscard]] std::uint16_t errno_of_arguments(std::string_view call) noexcept;

}  // namespace outis::sandbox::kernel
