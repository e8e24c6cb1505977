// The compiled policy that an image carries, from a name, a compiled file or a profile's text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "content/accounts.h"
#include "content/tool_data.h"
#include "outis/base/policy_layout.h"
#include "outis/error.h"

namespace outis::images::content {

struct ChosenPolicy {
    std::string bytes = {};           // read back by policy::read
    std::string name = {};            // the profile's own
    std::optional<UserId> user = {};  // nothing if the policy leaves the user alone
    bool user_fixed = false;          // the policy accepts no other user
    bool needs_root = false;          // only root can do at start what the policy promises
    bool hidden = false;              // nobody may read the program
    bool exec_once = false;           // one program starts, and becomes no other
    bool no_new_privileges = false;   // so that file capabilities give nothing
    bool runs_32_bit = true;          // programs of i386, or of arm on arm64
    bool maps_code = true;            // a loader can map libraries executable
    std::uint64_t stop_signals = 0;   // bit n: signal n + 1; 0: TERM
};

// `profile` is what find_profile() takes.
Result<ChosenPolicy, Error> choose_policy(const ToolData& data, const std::string& profile,
                                          policy::Arch arch, const Accounts& accounts);

// The image's User: `asked`, else `own` (the user of an existing image), with root replaced by the
// policy's user. An own user other than root stays, because files belong to it. Empty means root:
// only root can do what the policy promises. Then any user whom PID 1 would not become is refused.
Result<std::string, Error> run_user(const std::string& asked, const std::string& own,
                                    const Accounts& accounts, const ChosenPolicy& policy);

}  // namespace outis::images::content
