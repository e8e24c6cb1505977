#include "content/accounts.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "host/digest.h"

namespace outis::images::content {

namespace {

constexpr std::size_t kMaxName = 32;
// Debian's name of nobody's group, to which its servers change. Source: base-passwd.
constexpr std::string_view kNobodysGroup = "nogroup";

// What useradd(8) accepts: [a-z_][a-z0-9_-]*
bool good_name(std::string_view name)
{
    const auto starts = [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; };
    const auto goes_on = [&](char c) { return starts(c) || (c >= '0' && c <= '9') || c == '-'; };
    return !name.empty() && name.size() <= kMaxName && starts(name.front()) &&
           std::ranges::all_of(name, goes_on);
}

const Account* find_name(const Accounts& accounts, std::string_view name)
{
    const auto found = std::ranges::find(accounts, name, &Account::name);
    return found == accounts.end() ? nullptr : &*found;
}

const Account* find_uid(const Accounts& accounts, std::uint32_t uid)
{
    const auto found = std::ranges::find(accounts, uid, &Account::uid);
    return found == accounts.end() ? nullptr : &*found;
}

Failure<Error> not_in_image(const std::string& kind, std::string_view name)
{
    return bad_input(kind + " '" + std::string(name) +
                     "' is not in the image; give a number ('outis bake' adds accounts with "
                     "--account)");
}

}  // namespace

Accounts base_accounts()
{
    return {Account{.name = "root", .uid = 0, .gid = 0, .home = "/"},
            Account{.name = "nobody", .uid = kNobody.uid, .gid = kNobody.gid}};
}

std::optional<std::uint32_t> parse_id(std::string_view text)
{
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    constexpr std::uint32_t kNoId = 0xFFFFFFFF;  // chown(2): leave as it is
    if (error != std::errc() || end != text.data() + text.size() || value == kNoId)
        return std::nullopt;
    return value;
}

Result<Account, Error> parse_account(std::string_view text)
{
    const std::size_t first = text.find(':');
    const std::string_view name = text.substr(0, first);
    const std::string_view ids = first == std::string_view::npos ? "" : text.substr(first + 1);
    const std::size_t second = ids.find(':');
    const std::optional<std::uint32_t> uid = parse_id(ids.substr(0, second));
    const std::optional<std::uint32_t> gid =
        second == std::string_view::npos ? uid : parse_id(ids.substr(second + 1));
    if (!good_name(name) || !uid || !gid)
        return bad_input("account '" + std::string(text) +
                         "' must be NAME:UID[:GID], the name in lower case");
    return Account{.name = std::string(name), .uid = *uid, .gid = *gid};
}

Result<UserId, Error> parse_user(std::string_view text, const Accounts& accounts)
{
    const std::size_t colon = text.find(':');
    const std::string_view user = text.substr(0, colon);
    UserId id;
    const Account* account = nullptr;
    if (const std::optional<std::uint32_t> uid = parse_id(user)) {
        account = find_uid(accounts, *uid);
        id.uid = *uid;
    } else {
        account = find_name(accounts, user);
        if (account == nullptr)
            return not_in_image("user", user);
        id.uid = account->uid;
    }
    id.gid = account != nullptr ? account->gid : id.uid;
    if (colon == std::string_view::npos)
        return id;
    const std::string_view group = text.substr(colon + 1);
    if (const std::optional<std::uint32_t> gid = parse_id(group)) {
        id.gid = *gid;
        return id;
    }
    if (group == kNobodysGroup) {
        id.gid = kNobody.gid;
        return id;
    }
    const Account* group_account = find_name(accounts, group);
    if (group_account == nullptr)
        return not_in_image("group", group);
    id.gid = group_account->gid;
    return id;
}

Result<Done, Error> add_account(Accounts& accounts, Account account)
{
    if (find_name(accounts, account.name) != nullptr)
        return bad_input("account '" + account.name + "' is in the image already");
    if (account.name == kNobodysGroup)
        return bad_input("account 'nogroup' has the name that the group of 'nobody' has too");
    if (const Account* other = find_uid(accounts, account.uid))
        return bad_input("account '" + account.name + "' has the uid of '" + other->name + "'");
    accounts.push_back(std::move(account));
    return Done{};
}

std::string user_text(UserId user)
{
    return std::to_string(user.uid) + ":" + std::to_string(user.gid);
}

Accounts with_user(Accounts accounts, UserId user)
{
    if (find_uid(accounts, user.uid) == nullptr)
        accounts.push_back(Account{.name = find_name(accounts, "app") == nullptr
                                               ? "app"
                                               : "app" + std::to_string(user.uid),
                                   .uid = user.uid,
                                   .gid = user.gid});
    return accounts;
}

Account auto_account(std::string_view image)
{
    // The first eight digits of its SHA-256: 32 bits, whose remainder favours no id by more than
    // one part in a hundred thousand.
    const std::string digits = host::sha256(image).hex.substr(0, 8);
    std::uint32_t number = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), number, 16);
    const std::uint32_t id = kFirstAutoId + number % kAutoIds;
    std::string name(image.substr(image.rfind('/') + 1).substr(0, kMaxName));
    std::ranges::replace(name, '.', '-');
    return Account{.name = good_name(name) ? name : "app", .uid = id, .gid = id};
}

std::string passwd_text(const Accounts& accounts)
{
    std::string text;
    for (const Account& account : accounts)
        text += account.name + ":x:" + std::to_string(account.uid) + ":" +
                std::to_string(account.gid) + ":" + account.name + ":" + account.home +
                ":/sbin/nologin\n";
    return text;
}

std::string group_text(const Accounts& accounts)
{
    std::string text;
    std::vector<std::uint32_t> written;
    for (const Account& account : accounts) {
        if (std::ranges::find(written, account.gid) != written.end())
            continue;
        written.push_back(account.gid);
        const std::string rest = ":x:" + std::to_string(account.gid) + ":\n";
        text += account.name + rest;
        if (account.gid == kNobody.gid)
            text += std::string(kNobodysGroup) + rest;
    }
    return text;
}

}  // namespace outis::images::content
