#include <algorithm>

#include "outis/sandbox/profile.h"

namespace outis::sandbox {

bool permits(const Action& action) noexcept
{
    return action.kind == ActionKind::allow || action.kind == ActionKind::log;
}

bool has_rules(const Call& call) noexcept
{
    return !call.refusals.empty() || !call.permissions.empty();
}

const Call* find_call(const Seccomp& seccomp, std::string_view name) noexcept
{
    const auto found = std::ranges::lower_bound(seccomp.calls, name, {}, &Call::name);
    return found != seccomp.calls.end() && found->name == name ? &*found : nullptr;
}

}  // namespace outis::sandbox
