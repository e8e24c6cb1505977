// The privileges of PID 1 and, by inheritance, of the app: what a policy says of user, groups,
// capabilities, no_new_privs and memory protection, in one fixed order.
#pragma once

#include <cstdint>

#include "init/fault.h"
#include "init/identity/user.h"
#include "init/kernel/sys.h"
#include "init/plan/plan.h"
#include "outis/base/policy.h"

namespace outis::init {

// Capability numbers, linux/capability.h.
constexpr std::uint64_t kCapabilityKill = std::uint64_t{1} << 5;
constexpr std::uint64_t kCapabilitySetuid = std::uint64_t{1} << 7;
constexpr std::uint64_t kCapabilitySysBoot = std::uint64_t{1} << 22;
constexpr int kCapabilityBits = 64;

// PR_SET_MDWE and PR_GET_MDWE came with Linux 6.3, after the headers of Debian 12.
constexpr int kSetMemoryDenyWriteExecute = 65;
constexpr int kGetMemoryDenyWriteExecute = 66;
constexpr std::uintptr_t kRefuseExecGain = 1;

// What was found out on the way, for the read-back and for the log.
struct Applied {
    bool bounding_kept = false;         // could not be reduced any more, and need not be
    bool securebits_kept = false;       // likewise
    bool no_memory_protection = false;  // this kernel has no MDWE
    bool output_stays = false;          // stdout or stderr belongs to the user that was left
};

// The capabilities that stay with PID 1 when the child is off, if it has them: KILL if the app may
// change its uid, SYS_BOOT with --halt.
std::uint64_t kept_by_init(const Plan& plan, const policy::View& policy) noexcept;

Result<Applied, Fault> apply_privileges(const Plan& plan, const policy::View& policy,
                                        const Identity& identity) noexcept;

}  // namespace outis::init
