// The capabilities of Linux 7.1 by number: linux/capability.h, from CAP_CHOWN to
// CAP_CHECKPOINT_RESTORE, without the prefix.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace outis {

// clang-format off
inline constexpr std::array<std::string_view, 41> kCapabilityNames{
    "CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID",
    "SETPCAP", "LINUX_IMMUTABLE", "NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN", "NET_RAW",
    "IPC_LOCK", "IPC_OWNER", "SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT", "SYS_PTRACE", "SYS_PACCT",
    "SYS_ADMIN", "SYS_BOOT", "SYS_NICE", "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD",
    "LEASE", "AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP", "MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG",
    "WAKE_ALARM", "BLOCK_SUSPEND", "AUDIT_READ", "PERFMON", "BPF", "CHECKPOINT_RESTORE",
};

// clang-format on

constexpr std::uint64_t capability_bit(std::string_view name) noexcept
{
    for (std::size_t i = 0; i < kCapabilityNames.size(); ++i) {
        if (kCapabilityNames[i] == name)
            return std::uint64_t{1} << i;
    }
    return 0;
}

}  // namespace outis
