#include "bake/placement.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "bake/account_rows.h"
#include "content/base.h"

namespace outis::images::bake {

namespace {

constexpr std::size_t kMaxAccounts = 10'000;
constexpr std::uint32_t kOthersEnter = 0001;

// Its folders and links: what decides where a path leads.
layers::Tree folders_of(const view::Flattened& base)
{
    layers::Tree tree;
    for (const auto& [path, node] : base.nodes()) {
        const layers::TarEntry& there = node.entry.member.entry;
        if (there.kind == layers::EntryKind::directory)
            tree.emplace(path, layers::directory_entry(there.mode));
        else if (there.kind == layers::EntryKind::symlink)
            tree.emplace(path, layers::symlink_entry(there.target));
    }
    return tree;
}

// passwd(5): name:password:uid:gid:comment:home:shell
std::optional<content::Account> account_of(std::string_view line)
{
    const std::string_view name = field_of(line, 0);
    const std::optional<std::uint32_t> uid = content::parse_id(field_of(line, 2));
    const std::optional<std::uint32_t> gid = content::parse_id(field_of(line, 3));
    if (name.empty() || !uid || !gid)
        return std::nullopt;
    return content::Account{.name = std::string(name),
                            .uid = *uid,
                            .gid = *gid,
                            .home = std::string(field_of(line, 5))};
}

// group(5): name:password:gid:members
std::optional<std::uint32_t> group_in(const view::Flattened& base, std::string_view name)
{
    const view::Node* file = base.find(content::kGroupKey);
    const std::string_view text = file == nullptr ? "" : std::string_view(file->entry.facts.text);
    for (const std::string_view line : lines_of(text)) {
        if (field_of(line, 0) == name)
            return content::parse_id(field_of(line, 2));
    }
    return std::nullopt;
}

}  // namespace

Result<layers::Tree, Error> placed_on(const layers::Tree& tree, const view::Flattened& base)
{
    layers::Tree placed = OUTIS_TRY(layers::behind_links(tree, folders_of(base)));
    OUTIS_TRY(layers::add_parents(placed));
    for (auto& [path, entry] : placed) {
        const auto found = base.nodes().find(path);
        if (found == base.nodes().end())
            continue;
        const layers::TarEntry& there = found->second.entry.member.entry;
        const bool ours_is_folder = entry.kind == layers::EntryKind::directory;
        const bool theirs_is_folder = there.kind == layers::EntryKind::directory;
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

Result<Done, Error> check_reachable(const layers::Tree& placed, const std::string& user)
{
    for (const auto& [path, entry] : placed) {
        if (entry.kind == layers::EntryKind::directory && (entry.mode & kOthersEnter) == 0 &&
            !user.empty())
            return bad_input("'/" + path + "' of the image is closed to others, so user '" + user +
                             "' could not read the policy in it; open it with 'chmod o+x' where "
                             "the image is made");
    }
    return Done{};
}

content::Accounts accounts_in(const view::Flattened& base)
{
    const view::Node* passwd = base.find(content::kPasswdKey);
    content::Accounts accounts;
    const std::string_view text =
        passwd == nullptr ? "" : std::string_view(passwd->entry.facts.text);
    for (const std::string_view line : lines_of(text)) {
        if (accounts.size() == kMaxAccounts)
            break;
        if (std::optional<content::Account> account = account_of(line))
            accounts.push_back(std::move(*account));
    }
    return accounts;
}

std::string user_in(const view::Flattened& base, const std::string& user)
{
    if (user.empty())
        return user;
    const content::Accounts accounts = accounts_in(base);
    const std::size_t colon = user.find(':');
    const std::string name = user.substr(0, colon);
    const std::optional<std::uint32_t> number = content::parse_id(name);
    const auto account = std::ranges::find_if(accounts, [&](const content::Account& one) {
        return number ? one.uid == *number : one.name == name;
    });
    if (!number && account == accounts.end())
        return user;
    content::UserId id{.uid = number.value_or(account == accounts.end() ? 0 : account->uid),
                       .gid = account == accounts.end() ? 0 : account->gid};
    if (colon != std::string::npos) {
        const std::string group = user.substr(colon + 1);
        const std::optional<std::uint32_t> gid =
            content::parse_id(group).has_value() ? content::parse_id(group) : group_in(base, group);
        if (!gid)
            return user;
        id.gid = *gid;
    }
    return content::user_text(id);
}

}  // namespace outis::images::bake
