// Architectures of policies, and the kernel's ABIs that a filter can meet on them.
//
// A policy is for one architecture; its filter sees calls of that architecture's native ABI and of
// every other ABI its kernels accept: x86-64 also takes x32 and i386, AArch64 also takes arm.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "outis/base/policy_layout.h"

namespace outis::sandbox {

// In the column order of sandbox/kernel's table.
enum class Abi : std::uint8_t { x86_64, x32, i386, aarch64, arm };
constexpr std::size_t kAbis = 5;
constexpr std::array<Abi, kAbis> kAllAbis{Abi::x86_64, Abi::x32, Abi::i386, Abi::aarch64, Abi::arm};

// "amd64" or "x86_64", "arm64" or "aarch64".
[[nodiscard]] std::optional<policy::Arch> parse_arch(std::string_view name) noexcept;

// The name that containers use: "amd64", "arm64".
[[nodiscard]] std::string_view arch_name(policy::Arch arch) noexcept;

// The architecture this program runs on.
[[nodiscard]] policy::Arch host_arch() noexcept;

// The name a profile uses in `architectures`: "x86_64", "x32", "i386", "aarch64", "arm".
[[nodiscard]] std::optional<Abi> parse_abi(std::string_view name) noexcept;
[[nodiscard]] std::string_view abi_name(Abi abi) noexcept;

[[nodiscard]] Abi native_abi(policy::Arch arch) noexcept;

// True if kernels of `arch` accept calls of `abi`.
[[nodiscard]] bool runs_on(Abi abi, policy::Arch arch) noexcept;

// AUDIT_ARCH_* of <linux/audit.h>, as seccomp_data.arch holds it. x32 shares x86_64's.
[[nodiscard]] std::uint32_t audit_arch(Abi abi) noexcept;

// 32 or 64: how much of a `long` or pointer argument the kernel reads. On x32 that is 64, since its
// calls share x86-64's entry and registers.
[[nodiscard]] unsigned long_bits(Abi abi) noexcept;

}  // namespace outis::sandbox
