// A profile as the rest of the house sees it: plain data, every name resolved, `extends` merged.
//
// The text form is described in sandbox/README.md. A profile is independent of an architecture;
// compile.h turns it into a policy for one.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "outis/base/policy_layout.h"
#include "outis/base/result.h"
#include "outis/sandbox/arch.h"
#include "outis/sandbox/condition.h"
#include "outis/sandbox/diagnostic.h"

namespace outis::sandbox {

struct ProfileText;  // document.h

constexpr std::size_t kMaxExtendsDepth = 8;
constexpr std::size_t kMaxProfileFiles = 32;   // read for one profile
constexpr std::size_t kMaxRules = 1024;        // [[seccomp.rule]] of one profile
constexpr std::size_t kMaxDescription = 1024;  // bytes

// What a system call is answered with.
//
// `refuse` is the profile's word for "no": EPERM, or the errno that the call's users understand
// better (sandbox/kernel/refusals.cc), such as ENOSYS for a call that every libc replaces by an
// older one, and EAFNOSUPPORT for a refused socket family.
enum class ActionKind : std::uint8_t { allow, log, refuse, error, trap, kill_thread, kill_process };

struct Action {
    ActionKind kind = ActionKind::refuse;
    std::uint16_t error_number = 0;  // of kind `error`

    friend bool operator==(const Action&, const Action&) = default;
};

// Where a profile says something. Line 0: no file says it in so many words; `reason` is what needs
// it.
struct Origin {
    std::string file = {};
    std::uint32_t line = 0;
    std::uint32_t column = 0;
    std::string text = {};  // the word of a list, or the condition of a rule
    std::string reason = {};
};

// The rule speaks when any of `when` holds; an empty `when` always holds.
struct Rule {
    Action action;
    std::vector<Conjunction> when;
    Origin origin = {};
};

// All that a profile says about one call. What it means, in this order:
//   1. the first of `refusals` that holds gives the answer;
//   2. with `permissions`, the first that holds gives the answer, and if none does, what the
//      profile does with calls it does not list (`refuse` where it allows those);
//   3. else `listed`.
// So the order of rules in a file matters only for which errno is given.
struct Call {
    std::string name;
    Action listed;
    std::vector<Rule> refusals;     // action: refuse, error, trap or kill
    std::vector<Rule> permissions;  // action: allow or log
    Origin origin = {};             // of `listed`
};

// True for `allow` and `log`.
[[nodiscard]] bool permits(const Action& action) noexcept;

[[nodiscard]] bool has_rules(const Call& call) noexcept;

// `unsafe-as-runc`: the filter answers as the one that runc makes of an OCI profile. Then
//   * `otherwise` is the answer to every number that no call has, too, and to a call whose
//     permissions all fail;
//   * a number above `highest` of its ABI, as seccomp_data.nr holds it, gets ENOSYS;
//   * an ABI that is not accepted is killed; without x32 so are x86_64's numbers from 2^30 on, but
//     for -1;
//   * nothing is always allowed, and nothing is ENOSYS for being replaceable.
struct AsRunc {
    std::array<std::optional<std::uint32_t>, kAbis> highest;  // by Abi; absent: no number is
};

struct Seccomp {
    Action otherwise;                // for a known call that is not in `calls`
    std::vector<Abi> architectures;  // accepted besides the native one, ascending
    bool allow_speculation = true;   // SECCOMP_FILTER_FLAG_SPEC_ALLOW
    bool log = false;                // SECCOMP_FILTER_FLAG_LOG
    std::optional<AsRunc> as_runc;
    std::vector<Call> calls;  // ascending by name, each name once
    Origin origin = {};       // of `otherwise`
    // Why something dangerous is allowed: by call or group, as the lists have it.
    std::map<std::string, std::string> reasons = {};
};

// Null if the profile does not name it.
[[nodiscard]] const Call* find_call(const Seccomp& seccomp, std::string_view name) noexcept;

// By number, or by a name that PID 1 looks up. Each id is policy::kById if a name is given.
struct User {
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;  // kById with an empty group name: the user's own group
    std::string user_name;
    std::string group_name;
};

// Categories that are absent are not handled at all; empty ones allow nothing.
struct Landlock {
    std::optional<std::vector<std::string>> read;
    std::optional<std::vector<std::string>> write;
    std::optional<std::vector<std::string>> execute;
    std::optional<std::vector<std::string>> ioctl;
    std::optional<std::vector<std::uint16_t>> bind;
    std::optional<std::vector<std::uint16_t>> connect;
    std::optional<std::vector<std::uint16_t>> bind_udp;
    std::optional<std::vector<std::uint16_t>> connect_udp;
    std::uint64_t scopes = 0;  // LANDLOCK_SCOPE_*
    std::optional<std::uint16_t> minimum_abi;
    bool best_effort = false;
};

struct EnvironmentChange {
    std::uint8_t operation = policy::kSet;  // policy::kSet, kUnset, kKeep
    std::string text;                       // "NAME=VALUE" for kSet, else "NAME"
};

struct SignalRewrite {
    std::uint8_t from = 0;
    std::uint8_t to = 0;  // 0 drops the signal
};

struct Signals {
    std::uint64_t stop = 0;                   // bit n: signal n + 1; 0: TERM alone
    std::uint32_t grace = policy::kNotGiven;  // milliseconds
    std::uint32_t drain = policy::kNotGiven;  // milliseconds
    bool group = false;
    std::vector<SignalRewrite> rewrites;
};

struct Profile {
    std::string name;  // the file's name without ".toml"
    std::string description;
    bool applies_nothing = false;  // `unsafe-apply-nothing`: every other field has its default

    std::optional<User> user;  // absent: `unsafe-keep-user`
    std::optional<std::vector<std::uint32_t>> groups;
    bool user_exact = false;
    std::uint64_t capabilities = 0;  // kept, bit n = capability n
    std::optional<Seccomp> seccomp;  // absent: `unsafe-no-filter`
    std::optional<Landlock> landlock;
    bool exec_once = false;
    bool deny_write_execute = false;
    std::vector<policy::Limit> limits;
    std::vector<EnvironmentChange> environment;
    std::optional<Signals> signals;
    std::optional<std::uint16_t> umask;
    std::optional<std::int16_t> oom_score_adjust;
    bool locked = false;
    bool hidden = false;

    Diagnostics notes;  // what is legal but worth saying
};

// Reads `file` and what it extends: NAME or NAME.toml, beside the file that says so, then in
// `search`. On failure the list holds every error found, in order of the text.
[[nodiscard]] Result<Profile, Diagnostics> load_profile(
    const std::filesystem::path& file, std::span<const std::filesystem::path> search);

// The same without a file system: `texts[0]` is the profile, the others may be extended by the name
// that their `file` has without ".toml".
[[nodiscard]] Result<Profile, Diagnostics> parse_profile(std::span<const ProfileText> texts);

}  // namespace outis::sandbox
