#include "sandbox/import/words.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "sandbox/kernel/names.h"

namespace outis::sandbox::imports {
namespace {

// Source of the words: the runtime specification's config-linux.md.
constexpr std::array kActions = std::to_array<ActionWord>({
    {"SCMP_ACT_ALLOW", ForeignKind::allow},
    {"SCMP_ACT_LOG", ForeignKind::log},
    {"SCMP_ACT_TRACE", ForeignKind::trace},
    {"SCMP_ACT_NOTIFY", ForeignKind::notify},
    {"SCMP_ACT_ERRNO", ForeignKind::error},
    {"SCMP_ACT_TRAP", ForeignKind::trap},
    {"SCMP_ACT_KILL", ForeignKind::thread},
    {"SCMP_ACT_KILL_THREAD", ForeignKind::thread},
    {"SCMP_ACT_KILL_PROCESS", ForeignKind::process},
});

constexpr std::array kOperators = std::to_array<OperatorWord>({
    {"SCMP_CMP_EQ", ForeignOperator::equal},
    {"SCMP_CMP_NE", ForeignOperator::not_equal},
    {"SCMP_CMP_LT", ForeignOperator::less},
    {"SCMP_CMP_LE", ForeignOperator::less_equal},
    {"SCMP_CMP_GT", ForeignOperator::greater},
    {"SCMP_CMP_GE", ForeignOperator::greater_equal},
    {"SCMP_CMP_MASKED_EQ", ForeignOperator::masked_equal},
});

constexpr std::array kAbiWords = std::to_array<AbiWord>({
    {"SCMP_ARCH_X86_64", Abi::x86_64},
    {"SCMP_ARCH_X32", Abi::x32},
    {"SCMP_ARCH_X86", Abi::i386},
    {"SCMP_ARCH_AARCH64", Abi::aarch64},
    {"SCMP_ARCH_ARM", Abi::arm},
    {"SCMP_ARCH_LOONGARCH64", std::nullopt},
    {"SCMP_ARCH_M68K", std::nullopt},
    {"SCMP_ARCH_MIPS", std::nullopt},
    {"SCMP_ARCH_MIPS64", std::nullopt},
    {"SCMP_ARCH_MIPS64N32", std::nullopt},
    {"SCMP_ARCH_MIPSEL", std::nullopt},
    {"SCMP_ARCH_MIPSEL64", std::nullopt},
    {"SCMP_ARCH_MIPSEL64N32", std::nullopt},
    {"SCMP_ARCH_PARISC", std::nullopt},
    {"SCMP_ARCH_PARISC64", std::nullopt},
    {"SCMP_ARCH_PPC", std::nullopt},
    {"SCMP_ARCH_PPC64", std::nullopt},
    {"SCMP_ARCH_PPC64LE", std::nullopt},
    {"SCMP_ARCH_RISCV64", std::nullopt},
    {"SCMP_ARCH_S390", std::nullopt},
    {"SCMP_ARCH_S390X", std::nullopt},
    {"SCMP_ARCH_SH", std::nullopt},
    {"SCMP_ARCH_SHEB", std::nullopt},
});

constexpr std::array kFlags = std::to_array<FlagWord>({
    {"SECCOMP_FILTER_FLAG_LOG", ForeignFlag::log},
    {"SECCOMP_FILTER_FLAG_SPEC_ALLOW", ForeignFlag::speculation},
    {"SECCOMP_FILTER_FLAG_TSYNC", ForeignFlag::without_effect},
    {"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", ForeignFlag::without_effect},
});

// As libseccomp names machines, with Go's names where they differ.
constexpr std::array kArches = std::to_array<std::string_view>({
    "amd64",       "x32",         "x86",         "386",       "arm64",    "arm",    "loong64",
    "loongarch64", "mips",        "mips64",      "mips64n32", "mips64le", "mipsel", "mipsle",
    "mipsel64",    "mipsel64n32", "mips3l64n32", "parisc",    "parisc64", "ppc",    "ppc64",
    "ppc64le",     "riscv64",     "s390",        "s390x",
});

}  // namespace

std::span<const ActionWord> action_words() noexcept
{
    return kActions;
}

std::span<const OperatorWord> operator_words() noexcept
{
    return kOperators;
}

std::span<const AbiWord> abi_words() noexcept
{
    return kAbiWords;
}

std::span<const FlagWord> flag_words() noexcept
{
    return kFlags;
}

std::span<const std::string_view> arch_words() noexcept
{
    return kArches;
}

}  // namespace outis::sandbox::imports

namespace outis::sandbox {
namespace {

constexpr std::uint32_t kMaxVersion = 255;  // as Docker reads each part of a version

constexpr std::uint64_t bit(std::uint32_t capability)
{
    return std::uint64_t{1} << capability;
}

// Source: linux/capability.h for the numbers. CHOWN, DAC_OVERRIDE, FOWNER, FSETID, KILL, SETGID,
// SETUID, SETPCAP, NET_BIND_SERVICE, SYS_CHROOT, SETFCAP: default_capabilities of
// containers.conf(5). Docker, oci/caps/defaults.go, adds NET_RAW, MKNOD and AUDIT_WRITE.
constexpr std::uint64_t kPodman = bit(0) | bit(1) | bit(3) | bit(4) | bit(5) | bit(6) | bit(7) |
                                  bit(8) | bit(10) | bit(18) | bit(31);
constexpr std::uint64_t kDocker = kPodman | bit(13) | bit(27) | bit(29);

constexpr std::array kDialects = std::to_array<std::string_view>(
    {"docker", "podman", "oci", "config", "spo"});  // in order of Dialect

constexpr std::array kChanges = std::to_array<std::string_view>(
    {"condition", "unknown-call", "foreign-abi", "equal-default", "unreachable", "split",
     "conflict", "width", "mask", "companion", "verdict", "default", "start", "flag",
     "more"});  // in order of Change

}  // namespace

std::optional<Dialect> parse_dialect(std::string_view name) noexcept
{
    const auto* found = std::ranges::find(kDialects, name);
    if (found == kDialects.end())
        return std::nullopt;
    return static_cast<Dialect>(found - kDialects.begin());
}

std::string_view dialect_name(Dialect dialect) noexcept
{
    return kDialects[static_cast<std::size_t>(dialect)];
}

std::optional<KernelVersion> parse_kernel_version(std::string_view text) noexcept
{
    KernelVersion kernel;
    const char* end = text.data() + text.size();
    const auto [dot, no_version] = std::from_chars(text.data(), end, kernel.version);
    if (no_version != std::errc{} || dot == end || *dot != '.')
        return std::nullopt;
    const auto [rest, no_revision] = std::from_chars(dot + 1, end, kernel.revision);
    const bool zero = kernel.version == 0 && kernel.revision == 0;
    if (no_revision != std::errc{} || rest != end || zero || kernel.version > kMaxVersion ||
        kernel.revision > kMaxVersion)
        return std::nullopt;
    return kernel;
}

std::string_view change_name(Change change) noexcept
{
    return kChanges[static_cast<std::size_t>(change)];
}

std::uint64_t default_capabilities(Dialect dialect) noexcept
{
    switch (dialect) {
    case Dialect::docker: return kDocker;
    case Dialect::podman: return kPodman;
    default: return 0;
    }
}

}  // namespace outis::sandbox
