// Landlock: the policy's grants as a ruleset of the running kernel. landlock(7),
// Documentation/userspace-api/landlock.rst.
//
// The ruleset is made before privileges go, for the paths may be readable to root alone; it takes
// hold in the child just before the read-back. The rights of a policy are masked by what the
// running kernel knows, file by file and directory by directory.
#pragma once

#include <cstdint>
#include <string_view>

#include "init/fault.h"
#include "init/kernel/say.h"
#include "init/refusal.h"
#include "outis/base/fd.h"
#include "outis/base/policy.h"
#include "outis/base/result.h"

namespace outis::init {

struct LandlockRights {
    std::uint64_t files = 0;
    std::uint64_t ports = 0;
    std::uint64_t scopes = 0;
};

// What ABI 1 to 10 handle; newer ones are taken for 10, ABI 0 for none.
LandlockRights known_rights(int abi) noexcept;

struct LandlockRules {
    Fd ruleset;  // not open: there is nothing to apply
    int abi = 0;
    int error = 0;                  // errno of the version query: why there is no Landlock at all
    LandlockRights missing;         // asked for, unknown to this kernel
    std::uint64_t self_access = 0;  // for /proc/self, which only the child can name
    bool proc_unwritten = false;    // nothing below /proc may be opened for writing
};

// The whole ruleset but for /proc/self. `program` and `search` (PATH, or nullptr) say what @program
// is. A policy that is to be enforced and cannot be is refused.
Result<LandlockRules, Refusal> prepare_landlock(const policy::View& policy, const char* program,
                                                const char* search) noexcept;

// In the child, with no_new_privs set.
Outcome apply_landlock(const LandlockRules& rules) noexcept;

// Appends what could not be applied, for the log; nothing if all could.
void describe_missing(const LandlockRules& rules, Line& line) noexcept;

}  // namespace outis::init
