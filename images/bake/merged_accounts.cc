#include "bake/merged_accounts.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "bake/account_rows.h"
#include "bake/placement.h"
#include "content/base.h"

namespace outis::images::bake {

namespace {

constexpr std::size_t kGroupId = 2;  // group(5): name:password:gid:members

// What `key` leads to says; nothing if it is not there, or no text.
std::string_view text_behind(const view::Flattened& base, const char* key)
{
    const view::Node* node = base.find(key);
    return node == nullptr ? std::string_view() : node->entry.facts.text;
}

// That a file of ours can stand in the place of `key`, with more lines in it.
Result<Done, Error> check_replaced(const view::Flattened& base, const std::string& key)
{
    const std::optional<std::string> real = base.resolve(key);
    const auto there = base.nodes().find(key);
    const view::Node* node = there == base.nodes().end() ? nullptr : &there->second;
    if (node == nullptr && (!real || *real == key))
        return Done{};
    if (node == nullptr || node->entry.member.entry.kind != layers::EntryKind::file)
        return bad_input("'/" + key +
                         "' of the image is behind a symbolic link, or no file, so that no account "
                         "can be added; make it a file where the image is made");
    if (node->entry.facts.text.size() != node->entry.member.entry.size)
        return bad_input("'/" + key +
                         "' of the image is larger than 4 MiB, or no text, so that no account can "
                         "be added");
    return Done{};
}

// What makes two lines one account or group.
enum class SameBy { name, name_or_number };

// The lines of `ours` that `theirs` lacks.
std::string added_lines(std::string_view theirs, const std::string& ours, SameBy same)
{
    std::unordered_set<std::string_view> names;
    std::unordered_set<std::string_view> numbers;
    for (const std::string_view row : lines_of(theirs)) {
        names.insert(field_of(row, 0));
        if (same == SameBy::name_or_number)
            numbers.insert(field_of(row, kGroupId));
    }
    std::string added;
    for (const std::string_view line : lines_of(ours)) {
        if (!names.contains(field_of(line, 0)) && !numbers.contains(field_of(line, kGroupId)))
            added += std::string(line) + "\n";
    }
    return added;
}

std::string joined(std::string_view before, const std::string& added)
{
    std::string text(before);
    if (!text.empty() && !text.ends_with('\n'))
        text += '\n';
    return text + added;
}

// What a layer above replaces keeps its owner and mode.
layers::Entry replaced(const view::Flattened& base, const std::string& key, std::string text)
{
    layers::Entry entry = layers::file_entry(std::move(text));
    if (const auto there = base.nodes().find(key); there != base.nodes().end()) {
        const layers::TarEntry& old = there->second.entry.member.entry;
        entry.mode = old.mode;
        entry.uid = old.uid;
        entry.gid = old.gid;
    }
    return entry;
}

}  // namespace

Result<content::Accounts, Error> merged_accounts(const view::Flattened& base,
                                                 const content::Accounts& ours)
{
    content::Accounts accounts = accounts_in(base);
    const content::Accounts usual = content::base_accounts();
    for (const content::Account& account : ours) {
        const auto known = std::ranges::find(accounts, account.name, &content::Account::name);
        const bool is_usual =
            std::ranges::find(usual, account.name, &content::Account::name) != usual.end();
        const bool same =
            known != accounts.end() && known->uid == account.uid && known->gid == account.gid;
        if (is_usual && known == accounts.end())
            accounts.push_back(account);
        else if (!is_usual && !same)
            OUTIS_TRY(content::add_account(accounts, account));
    }
    return accounts;
}

Result<layers::Tree, Error> account_files(const view::Flattened& base,
                                          const content::Accounts& accounts)
{
    const std::string_view passwd = text_behind(base, content::kPasswdKey);
    const std::string_view group = text_behind(base, content::kGroupKey);
    layers::Tree tree;
    const std::string new_accounts =
        added_lines(passwd, content::passwd_text(accounts), SameBy::name);
    if (new_accounts.empty())
        return tree;
    OUTIS_TRY(check_replaced(base, content::kPasswdKey));
    tree.emplace(content::kPasswdKey,
                 replaced(base, content::kPasswdKey, joined(passwd, new_accounts)));
    content::Accounts added;
    for (const std::string_view line : lines_of(new_accounts)) {
        const auto found = std::ranges::find(accounts, field_of(line, 0), &content::Account::name);
        added.push_back(*found);
    }
    const std::string new_groups =
        added_lines(group, content::group_text(added), SameBy::name_or_number);
    if (new_groups.empty())
        return tree;
    OUTIS_TRY(check_replaced(base, content::kGroupKey));
    tree.emplace(content::kGroupKey, replaced(base, content::kGroupKey, joined(group, new_groups)));
    return tree;
}

}  // namespace outis::images::bake
