#include "layers/tree.h"

#include <algorithm>
#include <cerrno>
#include <optional>
#include <utility>
#include <vector>

#include <sys/stat.h>

#include "host/input.h"
#include "layers/merge.h"

namespace outis::images::layers {

namespace {

constexpr std::size_t kMaxEntries = 1'000'000;

bool reserved_name(std::string_view name) noexcept
{
    return name.starts_with(".wh.");
}

constexpr std::size_t kMaxLinks = 40;  // MAXSYMLINKS of the kernel's namei.h

const Entry* link_at(const std::string& key, const Tree& tree, const Tree& below)
{
    for (const Tree* links : {&tree, &below}) {
        const auto found = links->find(key);
        if (found != links->end() && found->second.kind == EntryKind::symlink)
            return &found->second;
    }
    return nullptr;
}

// The first part of `key` that is a link, replaced by what it leads to; nothing if there is none.
// The last name counts as a part if `whole`.
std::optional<std::string> one_link_less(const std::string& key, const Tree& tree,
                                         const Tree& below, bool whole)
{
    for (std::size_t end = key.find('/');; end = key.find('/', end + 1)) {
        if (end == std::string::npos && !whole)
            return std::nullopt;
        const std::string part = key.substr(0, end);
        if (const Entry* link = link_at(part, tree, below)) {
            const std::filesystem::path folder = std::filesystem::path("/" + part).parent_path();
            const std::string rest = end == std::string::npos ? "" : key.substr(end + 1);
            // A path beginning with '/' replaces what stands before it.
            std::string moved = (folder / link->target / rest).lexically_normal().string();
            while (moved.size() > 1 && moved.ends_with('/'))
                moved.pop_back();
            return moved.substr(1);
        }
        if (end == std::string::npos)
            return std::nullopt;
    }
}

Result<std::string, Error> behind_links(std::string key, const Tree& tree, const Tree& below,
                                        bool whole)
{
    for (std::size_t i = 0; i < kMaxLinks; ++i) {
        std::optional<std::string> next = one_link_less(key, tree, below, whole);
        if (!next)
            return key;
        key = std::move(*next);
    }
    return bad_input("'/" + key + "' in the image goes round in a circle of symbolic links");
}

}  // namespace

Result<Tree, Error> behind_links(const Tree& tree, const Tree& below)
{
    Tree moved;
    for (const auto& [key, entry] : tree) {
        const bool directory = entry.kind == EntryKind::directory;
        const std::string place = OUTIS_TRY(behind_links(key, tree, below, directory));
        Entry copy = entry;
        if (entry.kind == EntryKind::hardlink)
            copy.target = OUTIS_TRY(behind_links(entry.target, tree, below, false));
        const auto [known, is_new] = moved.try_emplace(place, copy);
        if (is_new || (directory && known->second.kind == EntryKind::directory))
            continue;
        const bool same = OUTIS_TRY(same_content(moved, known->second, tree, entry));
        if (!same)
            return bad_input("two files would be '/" + place + "' in the image");
        if (&kept_of(known->second, entry) == &entry)
            known->second = std::move(copy);
    }
    return moved;
}

Result<std::string, Error> tree_key(std::string_view path_in_image)
{
    const std::string quoted = "'" + std::string(path_in_image) + "'";
    if (!path_in_image.starts_with('/'))
        return bad_input(quoted + " must be an absolute path in the image");
    if (path_in_image.size() > kMaxPathLength)
        return bad_input(quoted + " is longer than 4095 bytes");
    if (path_in_image.find('\0') != std::string_view::npos)
        return bad_input(quoted + " holds a NUL byte");
    std::string key;
    while (!path_in_image.empty()) {
        const std::size_t slash = path_in_image.find('/');
        const std::string_view name = path_in_image.substr(0, slash);
        path_in_image.remove_prefix(slash == std::string_view::npos ? path_in_image.size()
                                                                    : slash + 1);
        if (name.empty() || name == ".")
            continue;
        if (name == "..")
            return bad_input(quoted + " must not contain '..'");
        if (name.size() > kMaxNameLength)
            return bad_input(quoted + " has a name longer than 255 bytes");
        if (reserved_name(name))
            return bad_input(quoted + " has a name starting with '.wh.', which layers reserve");
        key += (key.empty() ? "" : "/") + std::string(name);
    }
    if (key.empty())
        return bad_input(quoted + " names the root itself");
    return key;
}

Entry file_entry(Content content, std::uint32_t mode)
{
    Entry entry;
    entry.mode = mode;
    entry.content = std::move(content);
    return entry;
}

Entry directory_entry(std::uint32_t mode)
{
    Entry entry;
    entry.kind = EntryKind::directory;
    entry.mode = mode;
    return entry;
}

Entry symlink_entry(std::string target)
{
    Entry entry;
    entry.kind = EntryKind::symlink;
    entry.mode = kLinkMode;
    entry.target = std::move(target);
    return entry;
}

Entry hardlink_entry(std::string key_of_target)
{
    Entry entry;
    entry.kind = EntryKind::hardlink;
    entry.target = std::move(key_of_target);
    return entry;
}

Result<Done, Error> add_parents(Tree& tree)
{
    Tree missing;
    for (const auto& [key, entry] : tree) {
        for (std::size_t slash = key.find('/'); slash != std::string::npos;
             slash = key.find('/', slash + 1)) {
            const std::string parent = key.substr(0, slash);
            const auto found = tree.find(parent);
            if (found == tree.end())
                missing.emplace(parent, directory_entry());
            else if (found->second.kind != EntryKind::directory)
                return bad_input("'/" + key + "' cannot be added: '/" + parent +
                                 "' is not a directory");
        }
    }
    tree.merge(missing);
    return Done{};
}

Result<Done, Error> add_folder(Tree& tree, const std::string& key,
                               const std::filesystem::path& folder, const Choose& choose)
{
    namespace fs = std::filesystem;
    std::error_code error;
    // Sorted first, so that the first name of a hard-linked file does not depend on the disk.
    std::vector<fs::path> found;
    for (fs::recursive_directory_iterator at(folder, error), end; !error && at != end;
         at.increment(error)) {
        const fs::path name = at->path().lexically_relative(folder);
        const Visit visit = choose ? choose(name.string(), *at) : Visit::take;
        if (visit == Visit::pass_over)
            at.disable_recursion_pending();
        if (visit != Visit::take)
            continue;
        found.push_back(name);
        if (found.size() > kMaxEntries)
            return bad_input("'" + folder.string() + "' holds more than 1000000 entries");
    }
    if (error)
        return bad_input("cannot read '" + folder.string() + "': " + error.message());
    std::ranges::sort(found, {}, [](const fs::path& path) { return path.native(); });

    std::map<std::pair<dev_t, ino_t>, std::string> first_names;
    for (const fs::path& name : found) {
        const fs::path source = folder / name;
        const std::string place = OUTIS_TRY(tree_key("/" + key + "/" + name.string()));
        struct stat status = {};
        if (::lstat(source.c_str(), &status) != 0)
            return bad_input("cannot read '" + source.string() + "': " + host::reason(errno));
        if (S_ISDIR(status.st_mode)) {
            tree.insert_or_assign(place, directory_entry());
        } else if (S_ISLNK(status.st_mode)) {
            const fs::path target = fs::read_symlink(source, error);
            if (error)
                return bad_input("cannot read '" + source.string() + "': " + error.message());
            tree.insert_or_assign(place, symlink_entry(target.string()));
        } else if (S_ISREG(status.st_mode)) {
            const auto [first, is_new] =
                first_names.try_emplace({status.st_dev, status.st_ino}, place);
            const bool executable = (status.st_mode & S_IXUSR) != 0;
            tree.insert_or_assign(place,
                                  is_new ? file_entry(source, executable ? kProgramMode : kFileMode)
                                         : hardlink_entry(first->second));
        } else {
            return bad_input("'" + source.string() +
                             "' is no file, directory or symbolic link and cannot be packed");
        }
    }
    return Done{};
}

}  // namespace outis::images::layers
