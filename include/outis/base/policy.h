// The reader of compiled policies. Their byte layout is the table in policy_layout.h.
//
// It allocates nothing, works at compile time, and refuses what it does not know: another version,
// an unknown section or flag, a reserved byte that is not 0, a byte after the end. So a policy that
// passes has only fields that this program understands.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "outis/base/policy_layout.h"
#include "outis/base/result.h"

namespace outis::policy {

enum class ReadError : std::uint8_t {
    too_short,
    too_long,
    not_a_policy,
    wrong_version,
    unknown_arch,
    wrong_size,
    wrong_checksum,
    bad_name,
    bad_section,
    unknown_section,
    bad_process,
    bad_ids,
    bad_capabilities,
    bad_seccomp,
    bad_landlock,
    bad_limits,
    bad_environment,
    bad_signals,
    bad_exec,
};

// One clause for a message, such as "policy: checksum does not match".
constexpr const char* text(ReadError error) noexcept
{
    switch (error) {
    case ReadError::too_short: return "the file is shorter than a policy's header";
    case ReadError::too_long: return "the file is larger than 65536 bytes";
    case ReadError::not_a_policy: return "the file is not a compiled policy";
    case ReadError::wrong_version: return "the policy has a version this program does not know";
    case ReadError::unknown_arch: return "the policy is for an unknown architecture";
    case ReadError::wrong_size: return "the policy is cut off or has bytes after its end";
    case ReadError::wrong_checksum: return "the policy's checksum does not match";
    case ReadError::bad_name: return "the policy's name is malformed";
    case ReadError::bad_section: return "a section of the policy is malformed";
    case ReadError::unknown_section: return "the policy has a section this program does not know";
    case ReadError::bad_process: return "section 'process' is malformed";
    case ReadError::bad_ids: return "section 'ids' is malformed";
    case ReadError::bad_capabilities: return "section 'capabilities' is malformed";
    case ReadError::bad_seccomp: return "section 'seccomp' is malformed";
    case ReadError::bad_landlock: return "section 'landlock' is malformed";
    case ReadError::bad_limits: return "section 'limits' is malformed";
    case ReadError::bad_environment: return "section 'environment' is malformed";
    case ReadError::bad_signals: return "section 'signals' is malformed";
    case ReadError::bad_exec: return "section 'exec' is malformed";
    }
    return "the policy is malformed";
}

namespace detail {

// Text whose only NUL is the last.
constexpr bool is_c_string(Bytes bytes) noexcept
{
    if (bytes.empty() || bytes.back() != std::byte{0})
        return false;
    for (const std::byte byte : bytes.first(bytes.size() - 1)) {
        if (byte == std::byte{0})
            return false;
    }
    return true;
}

constexpr bool read_process(Bytes payload, View& view) noexcept
{
    if (payload.size() != 16)
        return false;
    const Process process{
        .flags = load_le32(payload, 0),
        .umask = load_le16(payload, 4),
        .oom = static_cast<std::int16_t>(load_le16(payload, 6)),
    };
    view.process = process;
    return (process.flags & ~std::uint32_t{kAllProcessFlags}) == 0 && process.umask <= kMaxUmask &&
           process.oom >= -kMaxOomScore && process.oom <= kMaxOomScore &&
           (process.has(kUmaskGiven) || process.umask == 0) &&
           (process.has(kOomGiven) || process.oom == 0) && all_zero(payload.subspan(8));
}

constexpr bool is_name(Bytes name) noexcept
{
    for (const std::byte byte : name) {
        const auto c = std::to_integer<unsigned char>(byte);
        if (c <= ' ' || c == ':' || c >= 127)
            return false;
    }
    return true;
}

constexpr bool read_ids(Bytes payload, View& view) noexcept
{
    if (payload.size() < 12)
        return false;
    const std::size_t user = load_8(payload, 9);
    const std::size_t group = load_8(payload, 10);
    const std::size_t groups = load_8(payload, 11);
    const std::uint8_t flags = load_8(payload, 8);
    if (user > kMaxNameLength || group > kMaxNameLength || groups > kMaxGroups || flags > 1 ||
        payload.size() != 12 + groups * 4 + user + group)
        return false;
    const Ids ids{
        .uid = load_le32(payload, 0),
        .gid = load_le32(payload, 4),
        .replace_groups = flags == 1,
        .groups = payload.subspan(12, groups * 4),
        .user_name = payload.subspan(12 + groups * 4, user),
        .group_name = payload.subspan(12 + groups * 4 + user, group),
    };
    view.ids = ids;
    return (ids.uid == kById) == (user != 0) && (group == 0 || ids.gid == kById) &&
           (ids.gid != kById || group != 0 || user != 0) && (ids.replace_groups || groups == 0) &&
           is_name(ids.user_name) && is_name(ids.group_name);
}

constexpr bool read_capabilities(Bytes payload, View& view) noexcept
{
    if (payload.size() != 48)
        return false;
    const Capabilities sets{
        .bounding = load_le64(payload, 0),
        .permitted = load_le64(payload, 8),
        .effective = load_le64(payload, 16),
        .inheritable = load_le64(payload, 24),
        .ambient = load_le64(payload, 32),
        .securebits = load_le32(payload, 40),
    };
    view.capabilities = sets;
    // capabilities(7): effective lies within permitted, ambient within permitted and inheritable.
    return (sets.effective & ~sets.permitted) == 0 && (sets.inheritable & ~sets.bounding) == 0 &&
           (sets.ambient & ~(sets.permitted & sets.inheritable)) == 0 && sets.securebits <= 0xFF &&
           all_zero(payload.subspan(44));
}

constexpr bool read_seccomp(Bytes payload, View& view) noexcept
{
    if (payload.size() < 8)
        return false;
    const std::uint32_t flags = load_le32(payload, 0);
    const std::size_t count = load_le16(payload, 4);
    if ((flags & ~(kSeccompLog | kSeccompSpecAllow)) != 0 || load_le16(payload, 6) != 0 ||
        payload.size() != 8 + count * filter::kInstructionSize)
        return false;
    view.seccomp = Seccomp{.flags = flags, .program = payload.subspan(8)};
    return filter::well_formed(payload.subspan(8));
}

constexpr bool read_landlock(Bytes payload, View& view) noexcept
{
    if (payload.size() < 40)
        return false;
    Landlock landlock{
        .minimum_abi = load_le16(payload, 0),
        .best_effort = load_8(payload, 2) == 1,
        .files = load_le64(payload, 8),
        .ports = load_le64(payload, 16),
        .scopes = load_le64(payload, 24),
        .path_count = load_le16(payload, 32),
        .port_count = load_le16(payload, 34),
        .path_rules = {},
        .port_rules = {},
    };
    if (landlock.minimum_abi > 255 || load_8(payload, 2) > 1 || !all_zero(payload.subspan(3, 5)) ||
        !all_zero(payload.subspan(36, 4)) || landlock.path_count > kMaxPathRules ||
        landlock.port_count > kMaxPortRules)
        return false;
    Bytes rest = payload.subspan(40);
    const std::size_t before = rest.size();
    for (std::size_t i = 0; i < landlock.path_count; ++i) {
        if (rest.size() < 12)
            return false;
        const std::size_t length = load_le16(rest, 10);
        if (rest.size() - 12 < length || load_8(rest, 9) != 0)
            return false;
        const PathRule rule = next_path_rule(rest);
        const bool named = (rule.flags & (kPathProgram | kPathRootEntries)) == 0;
        if (rule.flags > 15 || (rule.access & ~landlock.files) != 0 || rule.access == 0 ||
            !is_c_string(rule.path) || (rule.path.size() != 1) != named ||
            (named && rule.path[0] != std::byte{'/'}))
            return false;
    }
    const std::size_t used = before - rest.size();
    landlock.path_rules = payload.subspan(40, used);
    landlock.port_rules = rest;
    if (rest.size() != landlock.port_count * 16)
        return false;
    for (std::size_t i = 0; i < landlock.port_count; ++i) {
        const PortRule rule = port_rule(landlock, i);
        if ((rule.access & ~landlock.ports) != 0 || rule.access == 0 ||
            !all_zero(rest.subspan(i * 16 + 10, 6)))
            return false;
    }
    view.landlock = landlock;
    return true;
}

constexpr bool read_limits(Bytes payload, View& view) noexcept
{
    if (payload.size() < 8)
        return false;
    const std::size_t count = load_le16(payload, 0);
    if (count > kMaxLimits || !all_zero(payload.subspan(2, 6)) || payload.size() != 8 + count * 24)
        return false;
    const Limits limits{.rows = payload.subspan(8)};
    for (std::size_t i = 0; i < count; ++i) {
        const Limit row = limits.at(i);
        if (row.resource > 15 || row.soft > row.hard || load_le32(limits.rows, i * 24 + 4) != 0)
            return false;
    }
    view.limits = limits;
    return true;
}

constexpr bool read_environment(Bytes payload, View& view) noexcept
{
    if (payload.size() < 8)
        return false;
    const std::size_t count = load_le16(payload, 0);
    if (count > kMaxEnvironmentRows || !all_zero(payload.subspan(2, 6)))
        return false;
    Bytes rest = payload.subspan(8);
    for (std::size_t i = 0; i < count; ++i) {
        if (rest.size() < 4)
            return false;
        const std::size_t length = load_le16(rest, 2);
        if (rest.size() - 4 < length || load_8(rest, 1) != 0)
            return false;
        const EnvironmentRow row = next_environment_row(rest);
        if (row.operation < kSet || row.operation > kKeep || !is_c_string(row.text))
            return false;
        std::size_t equals = 0;
        while (equals < row.text.size() && row.text[equals] != std::byte{'='})
            ++equals;
        if (equals == 0 || row.text.size() == 1 ||
            (equals < row.text.size()) != (row.operation == kSet))
            return false;
    }
    view.environment = Environment{.count = count, .rows = payload.subspan(8)};
    return rest.empty();
}

constexpr bool read_signals(Bytes payload, View& view) noexcept
{
    if (payload.size() < 24)
        return false;
    const std::size_t rewrites = load_8(payload, 17);
    if (load_8(payload, 16) > 1 || !all_zero(payload.subspan(18, 6)) ||
        payload.size() != 24 + rewrites * 2)
        return false;
    const Signals signals{
        .stop = load_le64(payload, 0),
        .grace = load_le32(payload, 8),
        .drain = load_le32(payload, 12),
        .group = load_8(payload, 16) == 1,
        .rewrites = payload.subspan(24),
    };
    for (std::size_t i = 0; i < rewrites; ++i) {
        const std::uint8_t from = load_8(signals.rewrites, i * 2);
        if (from < 1 || from > 64 || load_8(signals.rewrites, i * 2 + 1) > 64)
            return false;
    }
    view.signals = signals;
    return true;
}

constexpr bool read_exec(Bytes payload, View& view) noexcept
{
    if (payload.size() < 8 || !view.seccomp)
        return false;
    const std::uint32_t flags = load_le32(payload, 0);
    const std::size_t low = load_le16(payload, 4);
    const std::size_t high = load_le16(payload, 6);
    if (flags > 1 || payload.size() != 8 + (low + high) * 2 ||
        ((low != 0 && high != 0) != (flags == 1)))
        return false;
    for (std::size_t i = 0; i < low + high; ++i) {
        const std::size_t index = load_le16(payload, 8 + i * 2);
        if (index >= view.seccomp->count() ||
            filter::load_instruction(view.seccomp->program, index).code != filter::kJumpEqual)
            return false;
    }
    view.exec = Exec{
        .once = flags == 1,
        .low = payload.subspan(8, low * 2),
        .high = payload.subspan(8 + low * 2),
    };
    return true;
}

struct SectionReader {
    bool (*read)(Bytes, View&) noexcept;
    ReadError error;
};

// Row n reads the section of kind n + 1.
inline constexpr std::array<SectionReader, kKinds> kSectionReaders{{
    {read_process, ReadError::bad_process},
    {read_ids, ReadError::bad_ids},
    {read_capabilities, ReadError::bad_capabilities},
    {read_seccomp, ReadError::bad_seccomp},
    {read_landlock, ReadError::bad_landlock},
    {read_limits, ReadError::bad_limits},
    {read_environment, ReadError::bad_environment},
    {read_signals, ReadError::bad_signals},
    {read_exec, ReadError::bad_exec},
}};

constexpr bool read_name(Bytes field, View& view) noexcept
{
    std::size_t length = 0;
    while (length < field.size() && field[length] != std::byte{0})
        ++length;
    if (length == field.size() || !all_zero(field.subspan(length)) || !is_name(field.first(length)))
        return false;
    for (std::size_t i = 0; i < length; ++i)
        view.name[i] = std::to_integer<char>(field[i]);
    return length != 0;
}

}  // namespace detail

// Checks `bytes` whole and returns views into them, so `bytes` must outlive the answer.
// Costs one pass; allocates nothing.
[[nodiscard]] constexpr Result<View, ReadError> read(Bytes bytes) noexcept
{
    if (bytes.size() < kHeaderSize)
        return Failure{ReadError::too_short};
    if (bytes.size() > kMaxSize)
        return Failure{ReadError::too_long};
    for (std::size_t i = 0; i < kMagic.size(); ++i) {
        if (std::to_integer<char>(bytes[i]) != kMagic[i])
            return Failure{ReadError::not_a_policy};
    }
    if (load_le16(bytes, 8) != kVersion)
        return Failure{ReadError::wrong_version};
    const std::uint16_t arch = load_le16(bytes, 10);
    if (arch != static_cast<std::uint16_t>(Arch::x86_64) &&
        arch != static_cast<std::uint16_t>(Arch::aarch64))
        return Failure{ReadError::unknown_arch};
    if (load_le32(bytes, 12) != bytes.size())
        return Failure{ReadError::wrong_size};
    if (load_le32(bytes, kChecksumOffset) != checksum_of(bytes))
        return Failure{ReadError::wrong_checksum};
    if (load_le16(bytes, 22) != 0 || load_le64(bytes, 56) != 0)
        return Failure{ReadError::bad_section};

    View view{};
    view.arch = static_cast<Arch>(arch);
    if (!detail::read_name(bytes.subspan(24, kNameSize), view))
        return Failure{ReadError::bad_name};

    const std::size_t sections = load_le16(bytes, 20);
    Bytes rest = bytes.subspan(kHeaderSize);
    std::size_t last_kind = 0;
    for (std::size_t i = 0; i < sections; ++i) {
        if (rest.size() < kSectionHeaderSize || load_le16(rest, 2) != 0)
            return Failure{ReadError::bad_section};
        const std::size_t kind = load_le16(rest, 0);
        const std::size_t length = load_le32(rest, 4);
        const std::size_t padded = (length + 7) / 8 * 8;
        rest = rest.subspan(kSectionHeaderSize);
        if (kind <= last_kind || padded > rest.size() ||
            !all_zero(rest.subspan(length, padded - length)))
            return Failure{ReadError::bad_section};
        if (kind > kKinds)
            return Failure{ReadError::unknown_section};
        const detail::SectionReader& reader = detail::kSectionReaders[kind - 1];
        if (!reader.read(rest.first(length), view))
            return Failure{reader.error};
        rest = rest.subspan(padded);
        last_kind = kind;
    }
    if (!rest.empty())
        return Failure{ReadError::wrong_size};
    return view;
}

}  // namespace outis::policy
