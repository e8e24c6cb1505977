// Whom the app runs as: the policy's wish, the option's, and what the engine has decided already.
//
// Started with uid 0 we become the policy's user. Started as anybody else we stay who we are: the
// orchestrator's choice wins, unless the user was named by option or the policy says user-exact.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "init/identity/accounts.h"
#include "init/plan/plan.h"
#include "init/refusal.h"
#include "outis/base/policy.h"
#include "outis/base/result.h"

namespace outis::init {

constexpr std::size_t kMostGroups = 256;

struct Identity {
    bool change = false;      // from root to the user that is wanted
    bool promised = false;    // real, effective and saved ids are to be `uid` and `gid`, all three
    bool set_ids = false;     // and some of them are not yet
    bool set_groups = false;  // the supplementary groups are to become `groups`
    std::uint32_t left = 0;   // the uid we were started with
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    std::size_t group_count = 0;
    std::array<std::uint32_t, kMostGroups> groups{};
    Account account;  // name and home of `uid` where known, for the environment

    std::span<const std::uint32_t> group_list() const noexcept
    {
        return std::span(groups).first(group_count);
    }
};

Result<Identity, Refusal> decide_identity(const Plan& plan, const policy::View& policy) noexcept;

}  // namespace outis::init
