#include "golang_builder/context.h"

#include <string>
#include <string_view>
#include <utility>

#include <sys/stat.h>

#include "files/input.h"
#include "golang_builder/ignore.h"

namespace outis::images {

namespace fs = std::filesystem;

namespace {

constexpr const char* kIgnoreFile = ".dockerignore";
constexpr const char* kDockerfile = "Dockerfile";
constexpr std::size_t kMaxIgnoreFile = 1U << 20;
constexpr std::string_view kTop = "context/";  // trees have no entry for their own root

Result<IgnoreList, Error> read_ignore_list(const fs::path& folder)
{
    if (!OUTIS_TRY(is_there(folder / kIgnoreFile)))
        return IgnoreList();
    const std::string text = OUTIS_TRY(read_file(folder / kIgnoreFile, kMaxIgnoreFile));
    return IgnoreList::parse(text);
}

// A hard link whose file is not sent becomes the file.
void send_linked_files(Tree& tree, const Tree& all, const fs::path& folder)
{
    for (auto& [key, entry] : tree) {
        if (entry.kind == EntryKind::hardlink && !tree.contains(entry.target))
            entry = file_entry(folder / key, all.at(std::string(kTop) + key).mode);
    }
}

}  // namespace

Result<bool, Error> is_there(const fs::path& file)
{
    std::error_code error;
    if (fs::symlink_status(file, error).type() == fs::file_type::not_found)
        return false;
    // A link that leads nowhere is more likely a mistake than a wish for nothing.
    if (fs::status(file, error).type() == fs::file_type::not_found)
        return bad_input("'" + file.string() +
                         "' is a symbolic link to nothing; mend or remove it");
    if (error)
        return bad_input("cannot read '" + file.string() + "': " + error.message());
    return true;
}

Result<Tree, Error> context_tree(const fs::path& folder)
{
    const IgnoreList list = OUTIS_TRY(read_ignore_list(folder));
    Tree all;
    OUTIS_TRY(add_folder(all, std::string(kTop.substr(0, kTop.size() - 1)), folder));
    Tree tree;
    for (const auto& [place, found] : all) {
        if (!place.starts_with(kTop))
            continue;
        const std::string key = place.substr(kTop.size());
        if (list.ignores(key) && key != kDockerfile && key != kIgnoreFile)
            continue;
        Entry entry = found;
        if (entry.kind == EntryKind::hardlink)
            entry.target.erase(0, kTop.size());
        struct stat status = {};
        if (entry.kind != EntryKind::symlink && ::lstat((folder / key).c_str(), &status) == 0)
            entry.mode = status.st_mode & 07777;
        tree.emplace(key, std::move(entry));
    }
    send_linked_files(tree, all, folder);
    OUTIS_TRY(add_parents(tree));
    return tree;
}

}  // namespace outis::images
