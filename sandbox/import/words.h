// The words of seccomp profiles in JSON.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "sandbox/import/foreign.h"

namespace outis::sandbox::imports {

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

}  // namespace outis::sandbox::imports
