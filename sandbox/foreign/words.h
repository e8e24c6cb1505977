// The words of seccomp profiles in JSON.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "sandbox/foreign/foreign.h"

namespace outis::sandbox {

struct ActionWord {
    std::string_view name;  // "SCMP_ACT_ALLOW"
    ForeignKind kind = ForeignKind::allow;
};

struct OperatorWord {
    std::string_view name;  // "SCMP_CMP_EQ"
    ForeignOperator op = ForeignOperator::equal;
};

struct AbiWord {
    std::string_view name;   // "SCMP_ARCH_X86_64"
    std::optional<Abi> abi;  // absent for other machines
};

enum class ForeignFlag : std::uint8_t { log, speculation, without_effect };

struct FlagWord {
    std::string_view name;  // "SECCOMP_FILTER_FLAG_LOG"
    ForeignFlag flag = ForeignFlag::log;
};

[[nodiscard]] std::span<const ActionWord> action_words() noexcept;
[[nodiscard]] std::span<const OperatorWord> operator_words() noexcept;
[[nodiscard]] std::span<const AbiWord> abi_words() noexcept;
[[nodiscard]] std::span<const FlagWord> flag_words() noexcept;

// The names of architectures in `includes` and `excludes`.
[[nodiscard]] std::span<const std::string_view> arch_words() noexcept;

// What the call is named when i386 reaches it by `socketcall` or `ipc`: that name and the number
// of the sub-call; absent for every other call.
struct Companion {
    std::string_view call;
    std::uint32_t number = 0;
};

[[nodiscard]] std::optional<Companion> companion_of(std::string_view call) noexcept;

}  // namespace outis::sandbox
