// What a profile means, evaluated directly: rule by rule, value by value, without any of the
// compiler's ideas. The proof compares every filter with this.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <unordered_map>

#include "outis/base/filter.h"
#include "outis/sandbox/explain.h"
#include "outis/sandbox/profile.h"
#include "sandbox/kernel/refusals.h"
#include "sandbox/kernel/syscalls.h"

namespace outis::sandbox::proof {

// What stands in the place of the exec cookie until PID 1 patches it in: a value far from what
// registers hold.
constexpr std::uint64_t kCookie = 0x4F55544953504F4C;

constexpr std::uint32_t kUnknownCall = filter::kErrno | kernel::kEnosys;
constexpr std::uint32_t kRefusedCall = filter::kErrno | kernel::kEperm;

// Of a call that is refused as such, whatever its arguments (kernel/refusals.h).
[[nodiscard]] std::uint32_t refusal(std::string_view call);

// SECCOMP_RET_* of a rule's action for `call`.
[[nodiscard]] std::uint32_t rule_verdict(const Action& action, std::string_view call);

// Of a call that the profile's lists decide; `listed` is null for one they do not name.
[[nodiscard]] std::uint32_t list_verdict(const Seccomp& seccomp, const Call* listed,
                                         std::string_view call);

// Of a call whose permissions all fail to hold.
[[nodiscard]] std::uint32_t miss_verdict(const Seccomp& seccomp, std::string_view call);

enum class Ground : std::uint8_t {
    unknown,        // no accepted ABI has that number
    as_runc,        // the number or its ABI alone, as runc decides it
    exec_once,      // execve and execveat under `exec.once`
    indispensable,  // allowed in every profile
    unlisted,       // the profile's default
    listed,
    in_memory,  // it has rules, and the kernel reads its arguments where no filter sees them
    refusal,    // a refusing rule holds
    permission,
    no_permission,  // none of its permitting rules holds
};

struct Ruling {
    std::uint32_t verdict = 0;
    Ground ground = Ground::unknown;
    const Rule* rule = nullptr;  // of `refusal` and `permission`
};

// True for the native ABI, and for those of `architectures` that kernels of `arch` take.
[[nodiscard]] bool accepts(const Seccomp& seccomp, policy::Arch arch, Abi abi);

// What `unsafe-as-runc` answers by number alone; none: the call's rules decide, or `otherwise`.
[[nodiscard]] std::optional<std::uint32_t> number_verdict(const Seccomp& seccomp, policy::Arch arch,
                                                          std::uint32_t audit,
                                                          std::uint32_t number);

class Meaning {
public:
    // Keeps a reference to `profile`, which must have a seccomp part and outlive this.
    Meaning(const Profile& profile, policy::Arch arch);

    [[nodiscard]] std::uint32_t judge(const CallData& data) const { return ruling(data).verdict; }

    // The same with what decided it.
    [[nodiscard]] Ruling ruling(const CallData& data) const;

    // The calls of the accepted ABIs that the profile names, with what it says; for the others
    // null.
    struct Known {
        Abi abi = Abi::x86_64;
        const kernel::Syscall* call = nullptr;
        const Call* listed = nullptr;
    };

    // Null: no accepted ABI has that number.
    [[nodiscard]] const Known* find(std::uint32_t audit, std::uint32_t number) const;

private:
    [[nodiscard]] Ruling ruling_as_runc(const CallData& data, const Known* known) const;
    [[nodiscard]] Ruling ruling_of_call(const CallData& data, const Known& known) const;

    const Profile& profile_;
    policy::Arch arch_;
    std::unordered_map<std::uint64_t, Known> known_;  // by AUDIT_ARCH_* << 32 | number
};

}  // namespace outis::sandbox::proof
