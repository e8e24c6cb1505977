#include <algorithm>

#include "sandbox/profile/calls.h"

namespace outis::sandbox::profile {
namespace {

// Drops what stands behind a rule that always speaks. True if there is one.
bool cut(std::vector<Rule>& rules)
{
    const auto always = std::ranges::find_if(rules, [](const Rule& r) { return r.when.empty(); });
    if (always == rules.end())
        return false;
    rules.erase(always + 1, rules.end());
    return true;
}

// The first of `rules` always speaks, so it is as good as a list.
void take_list(std::vector<Rule>& rules, Call& call)
{
    if (rules.size() != 1 || !rules.front().when.empty())
        return;
    call.listed = rules.front().action;
    call.origin = std::move(rules.front().origin);
    rules.clear();
}

Call without_idle_rules(Call call)
{
    if (cut(call.refusals))
        call.permissions.clear();
    (void)cut(call.permissions);
    take_list(call.refusals, call);
    take_list(call.permissions, call);
    return call;
}

}  // namespace

Seccomp finish_seccomp(SeccompState state)
{
    Seccomp seccomp = std::move(state.seccomp);
    for (auto& [name, call] : state.calls) {
        const bool says_nothing = !call.listed && call.refusals.empty() && call.permissions.empty();
        if (says_nothing)
            continue;
        seccomp.calls.push_back(without_idle_rules(Call{
            .name = name,
            .listed = call.listed.value_or(seccomp.otherwise),
            .refusals = std::move(call.refusals),
            .permissions = std::move(call.permissions),
            .origin = std::move(call.origin),
        }));
    }
    return seccomp;
}

}  // namespace outis::sandbox::profile
