// What people ask about a profile: why a call is answered so, what is dangerous or pointless in it,
// what another profile allows besides, and what its filter does step by step.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "outis/base/bytes.h"
#include "outis/error.h"
#include "outis/sandbox/profile.h"

namespace outis::sandbox {

// A number, or names of constants and numbers joined by '|': "AF_INET", "PROT_READ|PROT_EXEC",
// "-1".
[[nodiscard]] Result<std::uint64_t, Error> parse_argument(std::string_view text);

struct CallQuestion {
    std::string call;
    std::optional<Abi> abi;                // absent: the native one
    std::vector<std::uint64_t> arguments;  // at most 6; those not given are 0
};

// What a profile says in one place about the call.
struct Saying {
    std::string text;           // "allowed by '@network-io'", "refused when 'domain == AF_ALG'"
    std::uint32_t verdict = 0;  // that it gives
    Origin origin;              // line 0: no file says it in so many words
};

struct Step {
    std::uint32_t index = 0;  // of the instruction
    std::string text;
};

struct CallExplanation {
    std::string call;
    Abi abi = Abi::x86_64;
    std::uint32_t number = 0;
    std::optional<std::uint32_t> verdict;  // none: it depends on arguments, and none is given
    // What decides; without a verdict everything the profile says of the call, in the order of
    // asking.
    std::vector<Saying> sayings;
    std::string consequence;  // of the verdict, for callers
    // What the filter does, to its answer or, without a verdict, to the first look at an argument.
    std::vector<Step> path;
};

// Errors: no such call, not on that ABI, no filter, too many arguments; those of compile_filter.
[[nodiscard]] Result<CallExplanation, Error> explain_call(const Profile& profile, policy::Arch arch,
                                                          const CallQuestion& question);

// The clause for callers of a call that is answered with `verdict`.
[[nodiscard]] std::string consequence_of(std::uint32_t verdict);

struct GroupAnswer {
    std::string_view name;  // "@network-io"
    std::string_view meaning;
    std::vector<std::string_view> allowed = {};
    std::vector<std::string_view> by_arguments = {};
    std::vector<std::string_view> refused = {};
};

// A call or group that gives an attacker much, and what the profile does with it.
struct DangerAnswer {
    std::string_view subject;
    std::string_view why;
    std::vector<std::string_view> allowed = {};  // of its calls, by arguments or always
    std::string reason = {};                     // the profile's own, if it allows any
};

struct Summary {
    std::vector<GroupAnswer> groups;  // those without calls on the architecture are left out
    std::vector<DangerAnswer> dangers;
};

// Empty without a filter.
[[nodiscard]] Summary summary_of(const Profile& profile, policy::Arch arch);

// What is legal and yet most likely not meant: warnings, each with a name that stays. The names:
//   no-reason            something dangerous is allowed, and `reasons` does not say why
//   rule-never-holds     no arguments fulfil the condition
//   rule-unreachable     rules asked before it leave nothing to decide
//   needless-capability  a capability is kept, and nothing in the profile can need it
//   dead-permission      a call is allowed and always fails for want of a capability
//   multiplexed          i386's socketcall or ipc is allowed, and walks round the rules of a call
//   cannot-start         Landlock handles files, and nothing may be executed
//   open-pairs           a rule for socket, and none for socketpair
[[nodiscard]] Diagnostics lint(const Profile& profile);

// Notes: which of its promises need how new a kernel, and what becomes of them on an older one.
[[nodiscard]] Diagnostics kernel_notes(const Profile& profile);

// What a policy gives and takes besides system calls: "limit nofile" → "1024 4096", "landlock /etc"
// → "read-file read-dir", "user" → "65534:65534". What it leaves alone is absent.
using Rights = std::map<std::string, std::string>;
[[nodiscard]] Result<Rights, Error> rights_of(Bytes policy);

struct CallChange {
    Abi abi = Abi::x86_64;
    std::string call = {};     // or its number, if it has no name
    std::uint32_t before = 0;  // verdicts
    std::uint32_t after = 0;
    std::vector<std::uint64_t> arguments = {};  // an example; empty: whatever they are
};

struct RightChange {
    std::string what;    // "capability NET_RAW", "landlock read", "limit nofile", "user"
    std::string before;  // empty: absent
    std::string after;
};

struct Difference {
    std::vector<CallChange>
        calls;  // by ABI and name; of a call one example for each pair of verdicts
    std::vector<RightChange> rights;

    [[nodiscard]] bool none() const { return calls.empty() && rights.empty(); }
};

// Both are policies of one architecture. Their filters are asked at every point at which one of
// them can change its answer; a policy without a filter allows everything.
[[nodiscard]] Result<Difference, Error> difference(Bytes before, Bytes after);

// The same for two seccomp programs; empty: no filter.
[[nodiscard]] Result<std::vector<CallChange>, Error> filter_difference(Bytes before, Bytes after,
                                                                       policy::Arch arch);

// listing() with what a reader would look up: names of calls beside numbers, of arguments and
// constants beside words, and a line above the part of each ABI.
[[nodiscard]] std::string annotated_listing(Bytes program, policy::Arch arch);

}  // namespace outis::sandbox
