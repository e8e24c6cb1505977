// What a process may still do, as /proc/PID/status tells it (proc_pid_status(5)), and how much of
// the machine that exposes. Pure, and without memory of its own: texts point into what was read.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "outis/base/capabilities.h"

namespace outis {

enum class Fact : std::uint8_t {
    name,
    uid,
    gid,
    groups,
    inheritable,
    permitted,
    effective,
    bounding,
    ambient,
    no_new_privs,
    seccomp,
    filters,
};

struct FactName {
    char key[16];     // of the line in the file
    char report[14];  // as Outis writes it
};

// Index n is Fact n.
inline constexpr FactName kFactNames[]{
    {"Name", "name"},
    {"Uid", "uid"},
    {"Gid", "gid"},
    {"Groups", "groups"},
    {"CapInh", "inheritable"},
    {"CapPrm", "permitted"},
    {"CapEff", "effective"},
    {"CapBnd", "bounding"},
    {"CapAmb", "ambient"},
    {"NoNewPrivs", "no_new_privs"},
    {"Seccomp", "seccomp"},
    {"Seccomp_filters", "filters"},
};
inline constexpr std::size_t kFacts = std::size(kFactNames);

constexpr bool is_capability_set(std::size_t fact) noexcept
{
    return fact >= static_cast<std::size_t>(Fact::inheritable) &&
           fact <= static_cast<std::size_t>(Fact::ambient);
}

// Base 16, up to the first other character.
constexpr std::uint64_t read_hex(std::string_view text) noexcept
{
    std::uint64_t value = 0;
    for (const char c : text) {
        const int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
        if (digit < 0)
            break;
        value = value << 4 | static_cast<std::uint64_t>(digit);
    }
    return value;
}

// The values as the file has them; empty where it has no such line.
struct ProcessFacts {
    std::array<std::string_view, kFacts> values;

    constexpr std::string_view of(Fact fact) const noexcept
    {
        return values[static_cast<std::size_t>(fact)];
    }

    constexpr std::uint64_t set(Fact fact) const noexcept { return read_hex(of(fact)); }
};

// Nothing if `text` is not such a file, or ends before its capability sets.
constexpr std::optional<ProcessFacts> read_process_facts(std::string_view text) noexcept
{
    ProcessFacts facts;
    std::size_t key = 0;
    std::size_t colon = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == ':' && colon <= key)
            colon = i;
        if (text[i] != '\n')
            continue;
        std::size_t begin = colon + 1;
        while (begin < i && text[begin] == '\t')
            ++begin;
        std::size_t end = i;
        while (end > begin && text[end - 1] == ' ')
            --end;
        for (std::size_t fact = 0; fact < kFacts && colon > key; ++fact) {
            if (std::string_view(text.data() + key, colon - key) == kFactNames[fact].key)
                facts.values[fact] = {text.data() + begin, end - begin};
        }
        key = i + 1;
    }
    if (facts.of(Fact::uid).empty() || facts.of(Fact::ambient).empty())
        return std::nullopt;
    return facts;
}

// One thing that a process is exposed by, and its tenths of a point.
struct Exposure {
    std::uint8_t weight;
    char text[53];
};

// The weights are ours; they follow what an attacker gains, as systemd-analyze(1) "security" does.
inline constexpr Exposure kExposures[]{
    {20, "runs as root"},
    {5, "has the group root"},
    {10, "holds capabilities"},
    {15, "holds capabilities that reach beyond the container"},
    {5, "a set-user-ID program could give it capabilities"},
    {15, "may gain privileges by execve (no no_new_privs)"},
    {20, "has no seccomp filter"},
    {10, "its root file system is writable"},
};

// Those that are known to lead to the host where no user namespace stands between.
inline constexpr std::uint64_t kHostCapabilities =
    capability_bit("DAC_READ_SEARCH") | capability_bit("SYS_MODULE") | capability_bit("SYS_RAWIO") |
    capability_bit("SYS_PTRACE") | capability_bit("SYS_ADMIN") | capability_bit("SYS_BOOT") |
    capability_bit("SYS_TIME") | capability_bit("MKNOD") | capability_bit("NET_ADMIN") |
    capability_bit("MAC_OVERRIDE") | capability_bit("MAC_ADMIN") | capability_bit("SYSLOG") |
    capability_bit("PERFMON") | capability_bit("BPF") | capability_bit("CHECKPOINT_RESTORE");

// Of the four ids, with tabs between, one is 0.
constexpr bool holds_zero(std::string_view ids) noexcept
{
    for (std::size_t i = 0; i < ids.size(); ++i) {
        const bool first = i == 0 || ids[i - 1] == '\t';
        const bool last = i + 1 == ids.size() || ids[i + 1] == '\t';
        if (ids[i] == '0' && first && last)
            return true;
    }
    return false;
}

// Bit n: what kExposures[n] says is true.
using Exposures = unsigned;

constexpr Exposures exposures_of(const ProcessFacts& facts, bool writable_root) noexcept
{
    const std::uint64_t held = facts.set(Fact::permitted);
    const bool confined = facts.of(Fact::no_new_privs) == "1";
    // The last of kExposures first.
    Exposures found = writable_root;
    found = found << 1 | Exposures{facts.of(Fact::seccomp) != "2"};
    found = found << 1 | Exposures{!confined};
    found = found << 1 | Exposures{facts.set(Fact::bounding) != 0 && !confined};
    found = found << 1 | Exposures{(held & kHostCapabilities) != 0};
    found = found << 1 | Exposures{held != 0};
    found = found << 1 | Exposures{holds_zero(facts.of(Fact::gid))};
    found = found << 1 | Exposures{holds_zero(facts.of(Fact::uid))};
    return found;
}

// Their weights together, 0 to 100.
constexpr unsigned weight_of(Exposures exposures) noexcept
{
    unsigned sum = 0;
    for (const Exposure& exposure : kExposures) {
        sum += (exposures & 1) * exposure.weight;
        exposures >>= 1;
    }
    return sum;
}

// Calls `visit(place, writable)` for each mount of a /proc/PID/mountinfo (proc_pid_mountinfo(5)),
// a later one at the same place lying over an earlier one. A row that is cut off is left out.
template <typename Visit>
constexpr void for_each_mount(std::string_view mountinfo, Visit visit) noexcept
{
    constexpr std::size_t kPlace = 4;
    constexpr std::size_t kOptions = 5;
    std::size_t field = 0;
    std::size_t begin = 0;
    std::string_view place;
    for (std::size_t i = 0; i < mountinfo.size(); ++i) {
        const char c = mountinfo[i];
        if (c != ' ' && c != '\n')
            continue;
        const std::string_view word(mountinfo.data() + begin, i - begin);
        if (field == kPlace)
            place = word;
        if (field == kOptions)
            visit(place, word.starts_with("rw"));
        field = c == '\n' ? 0 : field + 1;
        begin = i + 1;
    }
}

constexpr bool root_is_writable(std::string_view mountinfo) noexcept
{
    bool writable = false;
    for_each_mount(mountinfo, [&](std::string_view place, bool may) {
        if (place == "/")
            writable = may;
    });
    return writable;
}

}  // namespace outis
