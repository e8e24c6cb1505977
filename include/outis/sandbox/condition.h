// What the arguments of a system call are compared with: the `when` of a rule, as plain data.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace outis::sandbox {

constexpr std::size_t kMaxTests = 64;      // comparisons in one `when`
constexpr std::size_t kMaxConstants = 64;  // in one `in [...]`

// How the kernel looks at an argument: an `int` has 32 bits whatever the upper half holds.
// `whole_register` is how libseccomp looks at any: 64 bits on x86_64 and aarch64, the low word, of
// the constant too, on x32, i386 and arm.
enum class ArgumentType : std::uint8_t {
    int32,
    uint32,
    int_long,
    uint_long,
    pointer,
    whole_register
};

enum class Comparison : std::uint8_t { equal, not_equal, less, less_equal, greater, greater_equal };

// `(argument & mask) comparison one of constants`; with several constants the comparison is `equal`
// (any of them) or `not_equal` (none of them). Constants are in two's complement.
struct Test {
    std::uint8_t argument = 0;  // 0..5
    ArgumentType type = ArgumentType::uint_long;
    std::optional<std::uint64_t> mask;
    Comparison comparison = Comparison::equal;
    std::vector<std::uint64_t> constants;
};

// Every test holds.
using Conjunction = std::vector<Test>;

}  // namespace outis::sandbox
