#include "layers/merge.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <system_error>
#include <utility>

#include "host/input.h"

namespace outis::images::layers {

namespace fs = std::filesystem;

namespace {

// The file that an entry is a name of; null if it is none.
const Entry* file_of(const Tree& tree, const Entry& entry)
{
    if (entry.kind == EntryKind::file)
        return &entry;
    if (entry.kind != EntryKind::hardlink)
        return nullptr;
    const auto first = tree.find(entry.target);
    return first != tree.end() && first->second.kind == EntryKind::file ? &first->second : nullptr;
}

Result<bool, Error> same_bytes(const Content& left, const Content& right)
{
    const auto* left_file = std::get_if<fs::path>(&left);
    const auto* right_file = std::get_if<fs::path>(&right);
    std::error_code ignored;
    if (left_file != nullptr && right_file != nullptr) {
        if (fs::equivalent(*left_file, *right_file, ignored))
            return true;
        if (fs::file_size(*left_file, ignored) != fs::file_size(*right_file, ignored))
            return false;
    }
    std::optional<host::MappedFile> left_map;
    std::optional<host::MappedFile> right_map;
    if (left_file != nullptr)
        left_map = OUTIS_TRY(host::MappedFile::open(*left_file));
    if (right_file != nullptr)
        right_map = OUTIS_TRY(host::MappedFile::open(*right_file));
    const auto text = [](const Content& content, const std::optional<host::MappedFile>& map) {
        return map ? host::as_text(map->bytes()) : std::string_view(std::get<std::string>(content));
    };
    return text(left, left_map) == text(right, right_map);
}

// Further names of files that are about to be replaced become files of their own.
void keep_names_of(Tree& tree, const std::set<std::string>& replaced)
{
    std::map<std::string, std::string> first_names;  // of what is replaced: the next name of it
    for (auto& [key, entry] : tree) {
        if (entry.kind != EntryKind::hardlink || !replaced.contains(entry.target) ||
            replaced.contains(key))
            continue;
        const std::string was = entry.target;
        const auto [first, is_new] = first_names.try_emplace(was, key);
        if (is_new)
            entry = tree.at(was);
        else
            entry.target = first->second;
    }
}

}  // namespace

Result<bool, Error> same_content(const Tree& left_tree, const Entry& left, const Tree& right_tree,
                                 const Entry& right)
{
    if (left.kind == EntryKind::symlink || right.kind == EntryKind::symlink)
        return left.kind == right.kind && left.target == right.target;
    const Entry* left_file = file_of(left_tree, left);
    const Entry* right_file = file_of(right_tree, right);
    if (left_file == nullptr || right_file == nullptr)
        return false;
    return same_bytes(left_file->content, right_file->content);
}

const Entry& kept_of(const Entry& earlier, const Entry& later)
{
    if (earlier.is_program || later.is_program)
        return later.is_program ? later : earlier;
    return later.kind == EntryKind::hardlink ? earlier : later;
}

Result<std::vector<std::string>, Error> merge_over(Tree& tree, const Tree& later)
{
    std::vector<std::string> changed;
    std::set<std::string> replaced;
    Tree taken;
    for (const auto& [key, entry] : later) {
        const auto known = tree.find(key);
        if (known == tree.end()) {
            taken.emplace(key, entry);
            continue;
        }
        const Entry& before = known->second;
        const bool is_folder = entry.kind == EntryKind::directory;
        if (is_folder && before.kind == EntryKind::symlink)
            continue;
        if (is_folder != (before.kind == EntryKind::directory))
            return bad_input("'/" + key + "' would be a folder and a file in the image");
        if (!is_folder) {
            const bool same = OUTIS_TRY(same_content(tree, before, later, entry));
            if (same && &kept_of(before, entry) == &before)
                continue;
            if (!same)
                changed.push_back(key);
            replaced.insert(key);
        }
        taken.emplace(key, entry);
    }
    keep_names_of(tree, replaced);
    for (auto& [key, entry] : taken)
        tree.insert_or_assign(key, std::move(entry));
    return changed;
}

}  // namespace outis::images::layers
