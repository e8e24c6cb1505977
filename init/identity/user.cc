#include "init/identity/user.h"

#include "init/fault.h"
#include "init/kernel/sys.h"
#include "init/kernel/text.h"

namespace outis::init {
namespace {

static_assert(kMostGroups == 256, "the message for cannot_read_groups says so");

std::string_view text_of(Bytes bytes) noexcept
{
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

struct Wish {
    Account account;
    std::uint32_t gid = 0;
};

Result<Account, Refusal> find_user(std::string_view text) noexcept
{
    if (const auto uid = parse_id(text)) {
        if (const auto account = account_by_uid(*uid))
            return *account;
        // A number that no file knows runs with the group of the same number, never with root's.
        return Account{.uid = *uid, .gid = *uid};
    }
    if (const auto account = account_by_name(text))
        return *account;
    return Failure{Refusal{.reason = Reason::unknown_user, .subject = text}};
}

Result<std::uint32_t, Refusal> find_group(std::string_view text) noexcept
{
    if (const auto gid = parse_id(text))
        return *gid;
    if (const auto gid = group_by_name(text))
        return *gid;
    return Failure{Refusal{.reason = Reason::unknown_group, .subject = text}};
}

Result<Wish, Refusal> wish_of_option(std::string_view text) noexcept
{
    const Split pair = split(text, ':');
    Wish wish{.account = OUTIS_TRY(find_user(pair.before)), .gid = 0};
    wish.gid = pair.found ? OUTIS_TRY(find_group(pair.after)) : wish.account.gid;
    return wish;
}

Result<Wish, Refusal> wish_of_policy(const policy::Ids& ids) noexcept
{
    Wish wish;
    if (ids.uid == policy::kById)
        wish.account = OUTIS_TRY(find_user(text_of(ids.user_name)));
    else if (const auto account = account_by_uid(ids.uid))
        wish.account = *account;
    else
        wish.account = Account{.uid = ids.uid, .gid = ids.uid};
    wish.gid = ids.gid;
    if (ids.gid == policy::kById) {
        wish.gid = ids.group_name.empty() ? wish.account.gid
                                          : OUTIS_TRY(find_group(text_of(ids.group_name)));
    }
    return wish;
}

// Started as root, we carry root's groups: group 0 goes, those that the engine added stay.
Result<Done, Refusal> choose_groups(Identity& identity, const policy::View& policy) noexcept
{
    std::array<std::uint32_t, kMostGroups> held{};
    const long count = sys::groups(held);
    if (count < 0) {
        return Failure{Refusal{
            .reason = Reason::cannot_read_groups,
            .number = static_cast<int>(-count),
        }};
    }
    if (policy.ids && policy.ids->replace_groups) {
        for (std::size_t i = 0; i < policy.ids->group_count(); ++i)
            identity.groups[identity.group_count++] = policy.ids->group(i);
        identity.set_groups =
            identity.group_count != static_cast<std::size_t>(count) || identity.group_count != 0;
        return Done{};
    }
    for (const std::uint32_t group : std::span(held).first(static_cast<std::size_t>(count))) {
        if (group != 0)
            identity.groups[identity.group_count++] = group;
    }
    identity.set_groups = identity.group_count != static_cast<std::size_t>(count);
    return Done{};
}

Failure<Refusal> wrong_user(const char* option) noexcept
{
    if (option == nullptr)
        return Failure{Refusal{.reason = Reason::cannot_become_policy_user}};
    return Failure{Refusal{.reason = Reason::cannot_become_user, .subject = option}};
}

}  // namespace

Result<Identity, Refusal> decide_identity(const Plan& plan, const policy::View& policy) noexcept
{
    Identity identity;
    const sys::Ids users = sys::user_ids();
    identity.left = users.effective;
    identity.uid = users.effective;
    // `none` promises nothing and leaves all as it is.
    if (!policy.ids && !policy.process && plan.user.text == nullptr)
        return identity;
    const sys::Ids groups = sys::group_ids();
    identity.gid = groups.effective;
    identity.promised = true;
    // execve(2) under no_new_privs makes the effective ids the real ones: who keeps user 1000 with
    // a real uid of 0 would start the app as root.
    identity.set_ids = !users.all(identity.uid) || !groups.all(identity.gid);

    const bool exact =
        plan.user.text != nullptr || (policy.process && policy.process->has(policy::kUserExact));
    if ((users.effective != 0 && !exact) || (!policy.ids && plan.user.text == nullptr))
        return identity;

    const Wish wish = plan.user.text != nullptr ? OUTIS_TRY(wish_of_option(plan.user.text))
                                                : OUTIS_TRY(wish_of_policy(*policy.ids));
    identity.uid = wish.account.uid;
    identity.gid = wish.gid;
    identity.account = wish.account;
    const bool replaces = policy.ids && policy.ids->replace_groups;
    if (users.all(identity.uid) && groups.all(identity.gid) && identity.uid != 0) {
        if (replaces)
            OUTIS_TRY(choose_groups(identity, policy));
        return identity;
    }
    if (users.effective != 0)
        return wrong_user(plan.user.text);
    identity.change = true;
    identity.set_ids = true;
    if (identity.uid != 0 || replaces)
        OUTIS_TRY(choose_groups(identity, policy));
    return identity;
}

}  // namespace outis::init
