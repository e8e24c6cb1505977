#include "outis/sandbox/arch.h"

#include <algorithm>

namespace outis::sandbox {
namespace {

struct AbiRow {
    std::string_view name;
    std::uint32_t audit;
    unsigned bits;
    policy::Arch arch;
};

// By Abi. Sources: <linux/audit.h> (machine | 0x80000000 for 64 bits | 0x40000000 for
// little-endian), Documentation/userspace-api/seccomp_filter.rst for x32.
constexpr std::array<AbiRow, kAbis> kAbiRows{{
    {"x86_64", 0xC000003E, 64, policy::Arch::x86_64},
    {"x32", 0xC000003E, 64, policy::Arch::x86_64},
    {"i386", 0x40000003, 32, policy::Arch::x86_64},
    {"aarch64", 0xC00000B7, 64, policy::Arch::aarch64},
    {"arm", 0x40000028, 32, policy::Arch::aarch64},
}};

const AbiRow& row(Abi abi) noexcept
{
    return kAbiRows[static_cast<std::size_t>(abi)];
}

}  // namespace

std::optional<policy::Arch> parse_arch(std::string_view name) noexcept
{
    if (name == "amd64" || name == "x86_64")
        return policy::Arch::x86_64;
    if (name == "arm64" || name == "aarch64")
        return policy::Arch::aarch64;
    return std::nullopt;
}

std::string_view arch_name(policy::Arch arch) noexcept
{
    return arch == policy::Arch::x86_64 ? "amd64" : "arm64";
}

policy::Arch host_arch() noexcept
{
#if defined(__x86_64__)
    return policy::Arch::x86_64;
#elif defined(__aarch64__)
    return policy::Arch::aarch64;
#else
#error "Outis runs on x86-64 and AArch64"
#endif
}

std::optional<Abi> parse_abi(std::string_view name) noexcept
{
    const auto* found = std::ranges::find(kAbiRows, name, &AbiRow::name);
    if (found == kAbiRows.end())
        return std::nullopt;
    return static_cast<Abi>(found - kAbiRows.begin());
}

std::string_view abi_name(Abi abi) noexcept
{
    return row(abi).name;
}

Abi native_abi(policy::Arch arch) noexcept
{
    return arch == policy::Arch::x86_64 ? Abi::x86_64 : Abi::aarch64;
}

bool runs_on(Abi abi, policy::Arch arch) noexcept
{
    return row(abi).arch == arch;
}

std::uint32_t audit_arch(Abi abi) noexcept
{
    return row(abi).audit;
}

unsigned long_bits(Abi abi) noexcept
{
    return row(abi).bits;
}

}  // namespace outis::sandbox
