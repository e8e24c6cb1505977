#include "from/run_user.h"

#include "content/base.h"

namespace outis::images {

namespace {

constexpr std::uint32_t kOthersEnter = 0001;

// "", "0", "root", or an account that is root by another name.
bool is_root(const std::string& user, const Accounts& accounts)
{
    const Result<UserId, Error> id = parse_user(user, accounts);
    return user.empty() || user == "root" || user.starts_with("root:") ||
           (id && id.value().uid == 0);
}

}  // namespace

Result<std::string, Error> user_over(const std::string& asked, const std::string& own,
                                     const Accounts& accounts, const ChosenPolicy& policy)
{
    if (!asked.empty()) {
        const UserId id = OUTIS_TRY(parse_user(asked, accounts));
        if (policy.user_fixed && policy.user && id != *policy.user)
            return bad_input("user '" + asked + "' is refused: profile '" + policy.name +
                             "' fixes the user; choose another profile, or leave out --user");
        return user_text(id);
    }
    if (policy.needs_root)
        return std::string();
    if (policy.user && (policy.user_fixed || is_root(own, accounts)))
        return user_text(*policy.user);
    return own;
}

Result<Done, Error> check_reachable(const Tree& placed, const std::string& user)
{
    for (const auto& [path, entry] : placed) {
        if (entry.kind == EntryKind::directory && (entry.mode & kOthersEnter) == 0 && !user.empty())
            return bad_input("'/" + path + "' of the image is closed to others, so user '" + user +
                             "' could not read the policy in it; open it with 'chmod o+x' where "
                             "the image is made");
    }
    return Done{};
}

}  // namespace outis::images
