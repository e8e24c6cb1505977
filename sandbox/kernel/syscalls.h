// Every system call that Linux 7.1 knows on the five ABIs, by name and number.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "outis/sandbox/arch.h"

namespace outis::sandbox::kernel {

constexpr std::int32_t kNoNumber = -1;
constexpr std::uint32_t kX32Bit = 0x40000000;  // __X32_SYSCALL_BIT, asm/unistd.h

struct Syscall {
    std::string_view name;
    std::array<std::int32_t, kAbis> numbers;  // by Abi; kNoNumber where an ABI lacks it
};

// Ascending by name.
[[nodiscard]] std::span<const Syscall> syscalls() noexcept;

// nullptr if no ABI has a call of that name.
[[nodiscard]] const Syscall* find_syscall(std::string_view name) noexcept;

// As seccomp_data.nr holds it: x32 numbers have their bit.
[[nodiscard]] std::optional<std::uint32_t> number_on(const Syscall& call, Abi abi) noexcept;

// True for a call that its callers replace by an older one when the kernel answers ENOSYS.
[[nodiscard]] bool is_replaceable(std::string_view name) noexcept;

// True for a call without which no program can start, take a signal, be stopped and continued, or
// end: every filter allows it, execve by cookie or freely.
[[nodiscard]] bool is_indispensable(std::string_view name) noexcept;

}  // namespace outis::sandbox::kernel
