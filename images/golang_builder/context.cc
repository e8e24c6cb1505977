#include "golang_builder/context.h"

#include <string>
#include <string_view>
#include <utility>

#include <sys/stat.h>

#include "content/ignore.h"
#include "host/input.h"

namespace outis::images::golang_builder {

namespace fs = std::filesystem;

namespace {

constexpr const char* kIgnoreFile = ".dockerignore";
constexpr const char* kDockerfile = "Dockerfile";
constexpr std::size_t kMaxIgnoreFile = 1U << 20;
constexpr std::string_view kTop = "context/";  // trees have no entry for their own root

Result<content::IgnoreList, Error> read_ignore_list(const fs::path& folder)
{
    if (!OUTIS_TRY(is_there(folder / kIgnoreFile)))
        return content::IgnoreList();
    const std::string text = OUTIS_TRY(host::read_file(folder / kIgnoreFile, kMaxIgnoreFile));
    return content::IgnoreList::parse(text);
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

Result<layers::Tree, Error> context_tree(const fs::path& folder)
{
    const content::IgnoreList list = OUTIS_TRY(read_ignore_list(folder));
    const auto choose = [&](const std::string& name, const fs::directory_entry& entry) {
        std::error_code ignored;
        // A tar has no place for one; Docker's client leaves them out, too.
        if (entry.symlink_status(ignored).type() == fs::file_type::socket)
            return layers::Visit::pass_over;
        if (!list.ignores(name) || name == kDockerfile || name == kIgnoreFile)
            return layers::Visit::take;
        return list.has_exceptions() ? layers::Visit::look_below : layers::Visit::pass_over;
    };
    layers::Tree all;
    OUTIS_TRY(
        layers::add_folder(all, std::string(kTop.substr(0, kTop.size() - 1)), folder, choose));
    layers::Tree tree;
    for (const auto& [place, found] : all) {
        const std::string key = place.substr(kTop.size());
        layers::Entry entry = found;
        if (entry.kind == layers::EntryKind::hardlink)
            entry.target.erase(0, kTop.size());
        struct stat status = {};
        if (entry.kind != layers::EntryKind::symlink &&
            ::lstat((folder / key).c_str(), &status) == 0)
            entry.mode = status.st_mode & 07777;
        tree.emplace(key, std::move(entry));
    }
    OUTIS_TRY(layers::add_parents(tree));
    return tree;
}

std::int64_t context_time(const fs::path& folder, const std::string& key)
{
    struct stat status = {};
    return ::lstat((folder / key).c_str(), &status) == 0 ? status.st_mtim.tv_sec : 0;
}

}  // namespace outis::images::golang_builder
