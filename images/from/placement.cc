#include "from/placement.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "content/base.h"

namespace outis::images {

namespace {

constexpr std::size_t kMaxAccounts = 10'000;
constexpr std::uint32_t kOthersEnter = 0001;

// Its folders and links: what decides where a path leads.
Tree folders_of(const Flattened& base)
{
    Tree tree;
    for (const auto& [path, node] : base.nodes()) {
        const TarEntry& there = node.entry.member.entry;
        if (there.kind == EntryKind::directory)
            tree.emplace(path, directory_entry(there.mode));
        else if (there.kind == EntryKind::symlink)
            tree.emplace(path, symlink_entry(there.target));
    }
    return tree;
}

// passwd(5): name:password:uid:gid:comment:home:shell
std::optional<Account> account_of(std::string_view line)
{
    std::array<std::string_view, 7> fields;
    for (std::string_view& field : fields) {
        const std::size_t colon = line.find(':');
        field = line.substr(0, colon);
        line.remove_prefix(colon == std::string_view::npos ? line.size() : colon + 1);
    }
    const std::optional<std::uint32_t> uid = parse_id(fields[2]);
    const std::optional<std::uint32_t> gid = parse_id(fields[3]);
    if (fields[0].empty() || !uid || !gid)
        return std::nullopt;
    return Account{
        .name = std::string(fields[0]), .uid = *uid, .gid = *gid, .home = std::string(fields[5])};
}

// group(5): name:password:gid:members
std::optional<std::uint32_t> group_in(const Flattened& base, std::string_view name)
{
    const Node* file = base.find(kGroupKey);
    std::string_view text = file == nullptr ? "" : std::string_view(file->entry.facts.text);
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        if (!line.starts_with(name) || line.substr(name.size(), 1) != ":")
            continue;
        const std::size_t number = line.find(':', name.size() + 1);
        if (number == std::string_view::npos)
            continue;
        const std::string_view rest = line.substr(number + 1);
        return parse_id(rest.substr(0, rest.find(':')));
    }
    return std::nullopt;
}

}  // namespace

Result<Tree, Error> placed_on(const Tree& tree, const Flattened& base)
{
    Tree placed = OUTIS_TRY(behind_links(tree, folders_of(base)));
    OUTIS_TRY(add_parents(placed));
    for (auto& [path, entry] : placed) {
        const auto found = base.nodes().find(path);
        if (found == base.nodes().end())
            continue;
        const TarEntry& there = found->second.entry.member.entry;
        const bool ours_is_folder = entry.kind == EntryKind::directory;
        const bool theirs_is_folder = there.kind == EntryKind::directory;
        if (ours_is_folder && !theirs_is_folder)
            return bad_input("'/" + path + "' is no folder in the image, and would have to be one");
        if (!ours_is_folder && theirs_is_folder)
            return bad_input("'/" + path +
                             "' is a folder in the image, which a file would replace");
        if (ours_is_folder && !found->second.implied) {
            entry.mode = there.mode;
            entry.uid = there.uid;
            entry.gid = there.gid;
        }
    }
    return placed;
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

Accounts accounts_in(const Flattened& base)
{
    const Node* passwd = base.find(kPasswdKey);
    Accounts accounts;
    std::string_view text = passwd == nullptr ? "" : std::string_view(passwd->entry.facts.text);
    while (!text.empty() && accounts.size() < kMaxAccounts) {
        const std::size_t end = text.find('\n');
        if (std::optional<Account> account = account_of(text.substr(0, end)))
            accounts.push_back(std::move(*account));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    return accounts;
}

std::string user_in(const Flattened& base, const std::string& user)
{
    if (user.empty())
        return user;
    const Accounts accounts = accounts_in(base);
    const std::size_t colon = user.find(':');
    const std::string name = user.substr(0, colon);
    const std::optional<std::uint32_t> number = parse_id(name);
    const auto account = std::ranges::find_if(accounts, [&](const Account& one) {
        return number ? one.uid == *number : one.name == name;
    });
    if (!number && account == accounts.end())
        return user;
    UserId id{.uid = number.value_or(account == accounts.end() ? 0 : account->uid),
              .gid = account == accounts.end() ? 0 : account->gid};
    if (colon != std::string::npos) {
        const std::string group = user.substr(colon + 1);
        const std::optional<std::uint32_t> gid =
            parse_id(group).has_value() ? parse_id(group) : group_in(base, group);
        if (!gid)
            return user;
        id.gid = *gid;
    }
    return user_text(id);
}

}  // namespace outis::images
