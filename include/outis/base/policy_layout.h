// A compiled policy: what sandbox/ writes and PID 1 obeys. One file an architecture.
//
//   offset  size  field     meaning
//        0     8  magic     "OUTISPOL"
//        8     2  version   2
//       10     2  arch      1 = x86_64, 2 = aarch64
//       12     4  size      bytes of the whole policy, at most 65536
//       16     4  checksum  CRC-32 of bytes 8..16 and 20..size
//       20     2  sections  how many follow
//       22     2  reserved  0
//       24    32  name      of the profile, padded with NUL, the last byte NUL
//       56     8  reserved  0
//       64        sections, back to back, kinds strictly ascending
//
// A section: kind 2, reserved 2 (0), length 4 (of the payload alone), payload, then NUL up to a
// multiple of 8. A section that is absent means: leave this as it is.
//
//   kind 1, process (16)
//        0     4  flags     1 no_new_privs · 2 locked · 4 user-exact · 8 hidden ·
//                           16 deny-write-execute (adds MDWE where the kernel has it) ·
//                           32 umask is given · 64 oom-score-adjust is given
//        4     2  umask     0..0777
//        6     2  oom       oom_score_adj, -1000..1000, two's complement
//        8     8  reserved  0
//   kind 2, ids (12 + 4n + names)
//        0     4  uid       0xFFFFFFFF: look the user name up
//        4     4  gid       0xFFFFFFFF: look the group name up, or the user's own group
//        8     1  flags     1 = replace supplementary groups by those below, 0 = keep
//        9     1  user      bytes of the user name, 0..32
//       10     1  group     bytes of the group name, 0..32
//       11     1  groups    how many supplementary groups, 0..32
//       12   4*n  groups    ids, then the two names without NUL
//   kind 3, capabilities (48)
//        0   5*8  sets      bounding, permitted, effective, inheritable, ambient; bit n = number n
//       40     4  securebits  SECBIT_* with their locks, linux/securebits.h
//       44     4  reserved  0
//   kind 4, seccomp (8 + 8n)
//        0     4  flags     SECCOMP_FILTER_FLAG_LOG (2) and SPEC_ALLOW (4)
//        4     2  count     instructions, 1..4096
//        6     2  reserved  0
//        8   8*n  program   struct sock_filter, see filter.h
//   kind 5, landlock (40 + paths + ports)
//        0     2  minimum   ABI without which nothing starts, 0..255
//        2     1  enforce   0 = required, 1 = best effort
//        3     5  reserved  0
//        8     8  files     handled LANDLOCK_ACCESS_FS_* rights
//       16     8  ports     handled LANDLOCK_ACCESS_NET_* rights
//       24     8  scopes    LANDLOCK_SCOPE_*
//       32     2  paths     how many path rules
//       34     2  ports     how many port rules
//       36     4  reserved  0
//       40        path rules: access 8, flags 1 (1 optional · 2 implied · 4 the program and its
//                 loader or interpreter · 8 every entry of / that is no procfs; path empty with
//                 both), reserved 1, length 2 with the final NUL, path
//                 then port rules: access 8, port 2, reserved 6
//   kind 6, limits (8 + 24n)
//        0     2  count     rows, 0..16
//        2     6  reserved  0
//        8        rows: resource 4 (RLIMIT_*, 0..15), reserved 4, soft 8, hard 8
//   kind 7, environment (8 + rows)
//        0     2  count     rows
//        2     6  reserved  0
//        8        rows: operation 1 (1 set · 2 unset · 3 keep), reserved 1, length 2 with the final
//                 NUL, text ("NAME=VALUE" or "NAME")
//   kind 8, signals (24 + 2n)
//        0     8  stop      set of stop signals, bit n = signal n + 1; 0 = TERM
//        8     4  grace     milliseconds, 0xFFFFFFFF = not given
//       12     4  drain     milliseconds, 0xFFFFFFFF = not given
//       16     1  target    0 = the child, 1 = its process group
//       17     1  rewrites  how many
//       18     6  reserved  0
//       24   2*n  rewrites: from 1..64, to 0..64 (0 drops the signal)
//   kind 9, exec (8 + 2n + 2m)
//        0     4  flags     1 = once: exactly one execve
//        4     2  low       how many comparisons with the cookie's low word
//        6     2  high      the same for the high word
//        8        indexes 2 each of those instructions, low ones first; each is a JEQ
//
// Integers are little-endian. Readers and writers include policy.h; this file is its vocabulary.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "outis/base/bytes.h"
#include "outis/base/filter.h"

namespace outis::policy {

constexpr std::array<char, 8> kMagic{'O', 'U', 'T', 'I', 'S', 'P', 'O', 'L'};
constexpr std::uint16_t kVersion = 2;
constexpr std::size_t kMaxSize = 65536;
constexpr std::size_t kHeaderSize = 64;
constexpr std::size_t kSectionHeaderSize = 8;
constexpr std::size_t kChecksumOffset = 16;
constexpr std::size_t kNameSize = 32;
constexpr std::uint32_t kById = 0xFFFFFFFF;      // an id that is given by its name
constexpr std::uint32_t kNotGiven = 0xFFFFFFFF;  // a time that the profile leaves open
constexpr std::size_t kMaxNameLength = 32;
constexpr std::size_t kMaxGroups = 32;
constexpr std::size_t kMaxLimits = 16;
constexpr std::size_t kMaxPathRules = 512;
constexpr std::size_t kMaxPortRules = 512;
constexpr std::size_t kMaxEnvironmentRows = 256;
constexpr std::uint32_t kMaxUmask = 0777;
constexpr int kMaxOomScore = 1000;

enum class Arch : std::uint16_t { x86_64 = 1, aarch64 = 2 };

enum class Kind : std::uint16_t {
    process = 1,
    ids,
    capabilities,
    seccomp,
    landlock,
    limits,
    environment,
    signals,
    exec,
};
constexpr std::size_t kKinds = 9;

enum ProcessFlag : std::uint32_t {
    kNoNewPrivs = 1,
    kLocked = 2,
    kUserExact = 4,
    kHidden = 8,
    kDenyWriteExecute = 16,
    kUmaskGiven = 32,
    kOomGiven = 64,
    kAllProcessFlags = 127,
};

struct Process {
    std::uint32_t flags = 0;
    std::uint16_t umask = 0;
    std::int16_t oom = 0;

    constexpr bool has(ProcessFlag flag) const noexcept { return (flags & flag) != 0; }
};

struct Ids {
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    bool replace_groups = false;
    Bytes groups;      // 4 bytes each
    Bytes user_name;   // no NUL
    Bytes group_name;  // no NUL

    constexpr std::size_t group_count() const noexcept { return groups.size() / 4; }

    constexpr std::uint32_t group(std::size_t index) const noexcept
    {
        return load_le32(groups, index * 4);
    }
};

struct Capabilities {
    std::uint64_t bounding = 0;
    std::uint64_t permitted = 0;
    std::uint64_t effective = 0;
    std::uint64_t inheritable = 0;
    std::uint64_t ambient = 0;
    std::uint32_t securebits = 0;
};

struct Seccomp {
    std::uint32_t flags = 0;
    Bytes program;  // kInstructionSize each; lies 8-aligned in the policy

    constexpr std::size_t count() const noexcept
    {
        return program.size() / filter::kInstructionSize;
    }
};

constexpr std::uint32_t kSeccompLog = 2;
constexpr std::uint32_t kSeccompSpecAllow = 4;

struct PathRule {
    std::uint64_t access = 0;
    std::uint8_t flags = 0;
    Bytes path;  // with the final NUL
};

constexpr std::uint8_t kPathOptional = 1;
constexpr std::uint8_t kPathImplied = 2;
constexpr std::uint8_t kPathProgram = 4;
constexpr std::uint8_t kPathRootEntries = 8;

struct PortRule {
    std::uint64_t access = 0;
    std::uint16_t port = 0;
};

struct EnvironmentRow {
    std::uint8_t operation = 0;
    Bytes text;  // with the final NUL
};

constexpr std::uint8_t kSet = 1;
constexpr std::uint8_t kUnset = 2;
constexpr std::uint8_t kKeep = 3;

struct Landlock {
    std::uint16_t minimum_abi = 0;
    bool best_effort = false;
    std::uint64_t files = 0;
    std::uint64_t ports = 0;
    std::uint64_t scopes = 0;
    std::size_t path_count = 0;
    std::size_t port_count = 0;
    Bytes path_rules;
    Bytes port_rules;
};

struct Limit {
    std::uint32_t resource = 0;
    std::uint64_t soft = 0;
    std::uint64_t hard = 0;
};

struct Limits {
    Bytes rows;

    constexpr std::size_t count() const noexcept { return rows.size() / 24; }

    constexpr Limit at(std::size_t index) const noexcept
    {
        return Limit{
            .resource = load_le32(rows, index * 24),
            .soft = load_le64(rows, index * 24 + 8),
            .hard = load_le64(rows, index * 24 + 16),
        };
    }
};

struct Environment {
    std::size_t count = 0;
    Bytes rows;
};

struct Signals {
    std::uint64_t stop = 0;
    std::uint32_t grace = kNotGiven;
    std::uint32_t drain = kNotGiven;
    bool group = false;
    Bytes rewrites;  // pairs of from, to
};

struct Exec {
    bool once = false;
    Bytes low;  // 2 bytes an instruction index
    Bytes high;
};

struct View {
    Arch arch = Arch::x86_64;
    std::array<char, kNameSize> name{};
    std::optional<Process> process;
    std::optional<Ids> ids;
    std::optional<Capabilities> capabilities;
    std::optional<Seccomp> seccomp;
    std::optional<Landlock> landlock;
    std::optional<Limits> limits;
    std::optional<Environment> environment;
    std::optional<Signals> signals;
    std::optional<Exec> exec;
};

// Of a policy of at least kHeaderSize bytes: what its checksum must be.
constexpr std::uint32_t checksum_of(Bytes policy) noexcept
{
    const std::uint32_t front =
        crc32(policy.subspan(kMagic.size(), kChecksumOffset - kMagic.size()));
    return crc32(policy.subspan(kChecksumOffset + 4), front);
}

// Takes the first rule off `rows`. For rows that read() has checked: anything else traps.
constexpr PathRule next_path_rule(Bytes& rows) noexcept
{
    const std::size_t length = load_le16(rows, 10);
    const PathRule rule{
        .access = load_le64(rows, 0),
        .flags = load_8(rows, 8),
        .path = rows.subspan(12, length),
    };
    rows = rows.subspan(12 + length);
    return rule;
}

constexpr PortRule port_rule(const Landlock& landlock, std::size_t index) noexcept
{
    return PortRule{
        .access = load_le64(landlock.port_rules, index * 16),
        .port = load_le16(landlock.port_rules, index * 16 + 8),
    };
}

constexpr EnvironmentRow next_environment_row(Bytes& rows) noexcept
{
    const std::size_t length = load_le16(rows, 2);
    const EnvironmentRow row{.operation = load_8(rows, 0), .text = rows.subspan(4, length)};
    rows = rows.subspan(4 + length);
    return row;
}

}  // namespace outis::policy
