#include "host/input_folder.h"

#include <array>
#include <cerrno>
#include <climits>
#include <string_view>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace outis::images::host {

namespace {

constexpr int kMaxFollowed = 40;  // links, as Linux follows in one path

// The last one first, so that the next is at the end.
void add_names(std::string_view path, std::vector<std::string>& names)
{
    while (!path.empty()) {
        const std::size_t slash = path.rfind('/');
        const std::string_view name =
            slash == std::string_view::npos ? path : path.substr(slash + 1);
        if (!name.empty() && name != ".")
            names.emplace_back(name);
        path = path.substr(0, slash == std::string_view::npos ? 0 : slash);
    }
}

}  // namespace

Result<InputFolder, Error> InputFolder::open(const std::filesystem::path& path)
{
    Fd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd.open())
        return bad_input("cannot read '" + path.string() + "': " + reason(errno));
    return InputFolder(path, std::move(fd));
}

Result<std::optional<InputFile>, Error> InputFolder::file(const std::string& name) const
{
    const auto said = [&] { return "'" + (path_ / name).string() + "'"; };
    std::vector<std::string> names;
    add_names(name, names);
    std::vector<Fd> folders;  // below this one; '..' goes back to what has been opened
    int links = 0;
    while (!names.empty()) {
        const std::string next = std::move(names.back());
        names.pop_back();
        const int at = folders.empty() ? fd_.get() : folders.back().get();
        const bool leads_out = next == ".." && folders.empty();
        if (next == ".." && !leads_out) {
            folders.pop_back();
            continue;
        }
        struct stat status = {};
        if (!leads_out && ::fstatat(at, next.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
            if (errno == ENOENT || errno == ENOTDIR)
                return std::optional<InputFile>();
            return bad_input("cannot read " + said() + ": " + reason(errno));
        }
        std::array<char, PATH_MAX> target{};
        if (S_ISLNK(status.st_mode)) {
            const ssize_t size = ::readlinkat(at, next.c_str(), target.data(), target.size());
            if (size < 0 || ++links > kMaxFollowed)
                return std::optional<InputFile>();
            add_names({target.data(), static_cast<std::size_t>(size)}, names);
        }
        if (leads_out || target.front() == '/')
            return bad_input(said() +
                             " is a symbolic link that leads out of its folder; copy the folder "
                             "with 'cp -rL " +
                             path_.string() + " NEW' and name that");
        if (S_ISLNK(status.st_mode))
            continue;
        if (S_ISDIR(status.st_mode)) {
            folders.emplace_back(
                ::openat(at, next.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
            if (!folders.back().open())
                return bad_input("cannot read " + said() + ": " + reason(errno));
            continue;
        }
        if (!S_ISREG(status.st_mode) || !names.empty())
            return std::optional<InputFile>();
        Fd fd(::openat(at, next.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
        if (!fd.open() || ::fstat(fd.get(), &status) != 0)
            return bad_input("cannot read " + said() + ": " + reason(errno));
        if (!S_ISREG(status.st_mode))
            return std::optional<InputFile>();
        return std::optional(
            InputFile{.fd = std::move(fd), .size = static_cast<std::uint64_t>(status.st_size)});
    }
    return std::optional<InputFile>();
}

Result<std::optional<MappedFile>, Error> InputFolder::map(const std::string& name) const
{
    const std::optional<InputFile> found = OUTIS_TRY(file(name));
    if (!found)
        return std::optional<MappedFile>();
    MappedFile mapped = OUTIS_TRY(MappedFile::map(*found, path_ / name));
    return std::optional(std::move(mapped));
}

}  // namespace outis::images::host
