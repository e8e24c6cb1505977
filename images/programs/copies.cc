#include "programs/copies.h"

#include <utility>

namespace outis::images::programs {

namespace {

constexpr std::size_t kMaxFiles = 200'000;

std::uint32_t mode_of(const host::Found& found)
{
    return found.executable ? layers::kProgramMode : layers::kFileMode;
}

void copy_way(Copies& copies, const host::Found& found)
{
    for (const host::FollowedLink& link : found.links)
        copies.tree.try_emplace(link.path.substr(1), layers::symlink_entry(link.target));
    for (const std::string& folder : found.left)
        copies.tree.try_emplace(folder.substr(1), layers::directory_entry());
}

}  // namespace

void copy_found(Copies& copies, const host::Root& root, const host::Found& found,
                const std::vector<std::string>& asked_by)
{
    copy_way(copies, found);
    const std::string key = found.path.substr(1);
    if (found.kind == host::FoundKind::directory && !key.empty())
        copies.tree.try_emplace(key, layers::directory_entry());
    if (found.kind != host::FoundKind::file)
        return;
    const std::filesystem::path file = root.on_host(found.path);
    if (copies.tree.try_emplace(key, layers::file_entry(file, mode_of(found))).second)
        copies.files.push_back(
            {.place = found.path, .in_root = found.path, .file = file, .asked_by = asked_by});
}

Result<Done, Error> copy_to(Copies& copies, const host::Root& root, const host::Found& found,
                            const std::string& place, const std::vector<std::string>& asked_by)
{
    const std::string key =
        OUTIS_TRY(layers::tree_key(std::filesystem::path(place).lexically_normal().string()));
    const std::filesystem::path file = root.on_host(found.path);
    if (copies.tree.try_emplace(key, layers::file_entry(file, mode_of(found))).second)
        copies.files.push_back(
            {.place = "/" + key, .in_root = found.path, .file = file, .asked_by = asked_by});
    return Done{};
}

Result<Done, Error> copy_folder(Copies& copies, const host::Root& root, const std::string& path,
                                const std::vector<std::string>& asked_by)
{
    std::vector<std::string> pending{path};
    for (std::size_t seen = 0; !pending.empty(); ++seen) {
        if (seen == kMaxFiles)
            return bad_input("'" + path + "' in " + root.name() + " holds more than 200000 files");
        const std::string next = std::move(pending.back());
        pending.pop_back();
        const Result<host::Found, Error> found = root.find(next);
        if (!found)  // a link that leads nowhere does so in the root as well
            continue;
        if (found.value().secret)
            continue;
        copy_found(copies, root, found.value(), asked_by);
        // A link to a directory is followed no further: what it leads to is another tree.
        if (found.value().kind != host::FoundKind::directory ||
            (next != path && found.value().path != next))
            continue;
        const std::string& folder = found.value().path;
        for (const std::string& name : OUTIS_TRY(root.names(folder)))
            pending.push_back(host::joined_path(folder, name));
    }
    return Done{};
}

}  // namespace outis::images::programs
