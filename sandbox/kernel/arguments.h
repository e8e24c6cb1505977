// Names and types of system calls' arguments.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "outis/sandbox/arch.h"
#include "outis/sandbox/condition.h"

namespace outis::sandbox::kernel {

struct Argument {
    std::string_view name;  // as the manual page has it
    std::uint8_t index = 0;
    ArgumentType type = ArgumentType::uint_long;
};

// The arguments of `call` in order; empty if the table has no row for it.
[[nodiscard]] std::vector<Argument> arguments_of(std::string_view call);

// `name` is one of the manual page's, arg0 ... arg5, or reg0 ... reg5 for the whole register
// whatever the table says. A position that the table does not describe is an uint_long.
[[nodiscard]] std::optional<Argument> find_argument(std::string_view call, std::string_view name);

// 32 or 64: how many bits of the argument count.
[[nodiscard]] unsigned bits_of(ArgumentType type, Abi abi) noexcept;

[[nodiscard]] bool is_signed(ArgumentType type) noexcept;

// True where the kernel reads the call's arguments from memory, so that no filter can see them:
// i386's mmap and select take a pointer to all of them.
[[nodiscard]] bool takes_arguments_in_memory(std::string_view call, Abi abi) noexcept;

// True from the first argument of 64 bits on where the ABI passes such in two registers, so that
// the table's positions end there: pread64, fallocate, fadvise64 and their like on i386 and arm;
// and for the flags of preadv2 and pwritev2 on x32, which has one register for their offset.
[[nodiscard]] bool is_displaced(std::string_view call, std::uint8_t argument, Abi abi) noexcept;

}  // namespace outis::sandbox::kernel
