#include "init/policy/trusted.h"

#include <array>
#include <cerrno>
#include <cstddef>

#include <fcntl.h>
#include <sys/stat.h>

#include "init/kernel/sys.h"
#include "init/kernel/text.h"
#include "outis/base/fd.h"

namespace outis::init {
namespace {

constexpr int kMostLinks = 40;  // as the kernel follows (path_resolution(7))
constexpr std::size_t kLongestPath = 4096;
constexpr std::size_t kLongestName = 257;  // too long for the kernel where it was cut

// Puts `text` at `from` with a final NUL, cut where there is no room: where it ends.
std::size_t put(std::span<char> room, std::size_t from, std::string_view text) noexcept
{
    for (const char c : text) {
        if (from + 1 < room.size())
            room[from++] = c;
    }
    room[from] = 0;
    return from;
}

enum class Owner { root, root_and_shared, others };

// `shared`: others may make names in it, and take away their own alone.
Owner owner_of(int file) noexcept
{
    struct stat status {};

    if (sys::stat(file, status) < 0)
        return Owner::others;
    if (status.st_uid == 0 &&
        (S_ISLNK(status.st_mode) || (status.st_mode & (S_IWGRP | S_IWOTH)) == 0))
        return Owner::root;
    if (status.st_uid == 0 && (status.st_mode & S_ISVTX) != 0)
        return Owner::root_and_shared;
    // A Kubernetes ConfigMap is a folder of mode 0777 on a mount that nobody can write to.
    return sys::is_read_only(file) ? Owner::root : Owner::others;
}

}  // namespace

long open_trusted(const char* path, std::span<char> folder) noexcept
{
    std::array<std::array<char, kLongestPath>, 2> texts;
    std::array<char, kLongestName> name;
    std::string_view rest = path;
    std::size_t walked = 0;
    Fd place;
    Owner owner = Owner::root;
    bool begins = true;  // at / or the working directory
    for (int links = 0;;) {
        const bool absolute = rest.starts_with("/");
        while (!begins && rest.starts_with("/"))
            rest.remove_prefix(1);
        const Split next = split(rest, '/');
        const bool is_folder = begins || next.found;
        put(name, 0, begins ? absolute ? "/" : "." : next.before.empty() ? "." : next.before);
        const long file = sys::open_at(
            begins ? AT_FDCWD : place.get(), name.data(),
            O_NOFOLLOW | (is_folder ? O_PATH | O_DIRECTORY : O_RDONLY | O_NOCTTY | O_NONBLOCK));
        if (file >= 0 && !is_folder)
            return file;
        if (file >= 0) {
            walked = put(folder, begins ? 0 : walked, begins && absolute ? "" : name.data());
            walked = put(folder, walked, "/");
            if (!begins)
                rest = next.after;
            begins = false;
            place = Fd(static_cast<int>(file));
            owner = owner_of(place.get());
            if (owner == Owner::others)
                return kFolderNotRoots;
            continue;
        }
        // Either says that there may be a link; its target takes its place in the path.
        std::array<char, kLongestPath>& text = texts[static_cast<unsigned>(links) % 2];
        const long length = (file == -ELOOP || file == -ENOTDIR) && links++ < kMostLinks
                                ? sys::read_link(place.get(), name.data(), text)
                                : -1;
        if (length <= 0)
            return file;
        if (owner == Owner::root_and_shared) {
            const Fd link(
                static_cast<int>(sys::open_at(place.get(), name.data(), O_PATH | O_NOFOLLOW)));
            if (owner_of(link.get()) != Owner::root)
                return kFolderNotRoots;
        }
        std::size_t end = static_cast<std::size_t>(length);
        if (end + next.after.size() + 2 > text.size())
            return -ENAMETOOLONG;
        if (next.found) {
            end = put(text, end, "/");
            end = put(text, end, next.after);
        }
        rest = {text.data(), end};
        begins = rest.starts_with("/");
    }
}

}  // namespace outis::init
