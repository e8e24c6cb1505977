#include "from/accounts_over.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "content/base.h"
#include "from/placement.h"

namespace outis::images {

namespace {

constexpr std::size_t kGroupId = 2;  // group(5): name:password:gid:members

Result<std::string, Error> text_at(const Flattened& base, const std::string& key)
{
    const std::optional<std::string> real = base.resolve(key);
    const auto there = base.nodes().find(key);
    const Node* node = there == base.nodes().end() ? nullptr : &there->second;
    if (node == nullptr && (!real || *real == key))
        return std::string();
    if (node == nullptr || node->entry.member.entry.kind != EntryKind::file)
        return bad_input("'/" + key +
                         "' of the image is behind a symbolic link, or no file, so that no account "
                         "can be added; make it a file where the image is made");
    if (node->entry.facts.text.size() != node->entry.member.entry.size)
        return bad_input("'/" + key +
                         "' of the image is larger than 4 MiB, or no text, so that no account can "
                         "be added");
    return node->entry.facts.text;
}

std::vector<std::string_view> lines_of(std::string_view text)
{
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        lines.push_back(text.substr(0, end));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    return lines;
}

std::string_view field_of(std::string_view line, std::size_t number)
{
    for (; number > 0 && !line.empty(); --number) {
        const std::size_t colon = line.find(':');
        line.remove_prefix(colon == std::string_view::npos ? line.size() : colon + 1);
    }
    return line.substr(0, line.find(':'));
}

// What makes two lines one account or group.
enum class SameBy { name, name_or_number };

// The lines of `ours` that `theirs` lacks.
std::string added_lines(std::string_view theirs, const std::string& ours, SameBy same)
{
    std::string added;
    const std::vector<std::string_view> there = lines_of(theirs);
    for (const std::string_view line : lines_of(ours)) {
        const bool known = std::ranges::any_of(there, [&](std::string_view row) {
            return field_of(row, 0) == field_of(line, 0) ||
                   (same == SameBy::name_or_number &&
                    field_of(row, kGroupId) == field_of(line, kGroupId));
        });
        if (!known)
            added += std::string(line) + "\n";
    }
    return added;
}

std::string joined(std::string text, const std::string& added)
{
    if (!text.empty() && !text.ends_with('\n'))
        text += '\n';
    return text + added;
}

// What a layer above replaces keeps its owner and mode.
Entry replaced(const Flattened& base, const std::string& key, std::string text)
{
    Entry entry = file_entry(std::move(text));
    if (const auto there = base.nodes().find(key); there != base.nodes().end()) {
        const TarEntry& old = there->second.entry.member.entry;
        entry.mode = old.mode;
        entry.uid = old.uid;
        entry.gid = old.gid;
    }
    return entry;
}

}  // namespace

Result<Accounts, Error> accounts_over(const Flattened& base, const Accounts& ours)
{
    Accounts accounts = accounts_in(base);
    const Accounts usual = base_accounts();
    for (const Account& account : ours) {
        const auto known = std::ranges::find(accounts, account.name, &Account::name);
        const bool is_usual = std::ranges::find(usual, account.name, &Account::name) != usual.end();
        const bool same =
            known != accounts.end() && known->uid == account.uid && known->gid == account.gid;
        if (is_usual && known == accounts.end())
            accounts.push_back(account);
        else if (!is_usual && !same)
            OUTIS_TRY(add_account(accounts, account));
    }
    return accounts;
}

Result<Tree, Error> account_files(const Flattened& base, const Accounts& accounts)
{
    const std::string passwd = OUTIS_TRY(text_at(base, kPasswdKey));
    const std::string group = OUTIS_TRY(text_at(base, kGroupKey));
    Tree tree;
    const std::string new_accounts = added_lines(passwd, passwd_text(accounts), SameBy::name);
    if (new_accounts.empty())
        return tree;
    tree.emplace(kPasswdKey, replaced(base, kPasswdKey, joined(passwd, new_accounts)));
    Accounts added;
    for (const std::string_view line : lines_of(new_accounts)) {
        const auto found = std::ranges::find(accounts, field_of(line, 0), &Account::name);
        added.push_back(*found);
    }
    const std::string new_groups = added_lines(group, group_text(added), SameBy::name_or_number);
    if (!new_groups.empty())
        tree.emplace(kGroupKey, replaced(base, kGroupKey, joined(group, new_groups)));
    return tree;
}

}  // namespace outis::images
