#include "host/root.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <string_view>
#include <system_error>

#include <sys/stat.h>
#include <unistd.h>

#include "host/input.h"

namespace outis::images::host {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kMaxLinks = 40;       // MAXSYMLINKS of the kernel's namei.h
constexpr std::size_t kMaxNames = 200'000;  // of one directory

// The names of a path in reverse, so that the next one is at the end.
std::vector<std::string> steps_of(std::string_view path)
{
    std::vector<std::string> steps;
    while (!path.empty()) {
        const std::size_t slash = path.find('/');
        const std::string_view name = path.substr(0, slash);
        if (!name.empty() && name != ".")
            steps.emplace_back(name);
        path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
    }
    std::ranges::reverse(steps);
    return steps;
}

Result<std::string, Error> read_link(const fs::path& link)
{
    std::array<char, PATH_MAX> text{};
    const ssize_t size = ::readlink(link.c_str(), text.data(), text.size());
    if (size <= 0 || size == PATH_MAX)
        return bad_input("cannot read the link '" + link.string() + "'");
    return std::string(text.data(), static_cast<std::size_t>(size));
}

FoundKind kind_of(mode_t mode)
{
    if (S_ISREG(mode))
        return FoundKind::file;
    return S_ISDIR(mode) ? FoundKind::directory : FoundKind::other;
}

}  // namespace

std::string folder_of(const std::string& path)
{
    const std::size_t slash = path.rfind('/');
    return slash == 0 || slash == std::string::npos ? "/" : path.substr(0, slash);
}

std::string base_of(const std::string& path)
{
    return path.substr(path.rfind('/') + 1);
}

std::string joined_path(const std::string& folder, const std::string& name)
{
    return folder.ends_with('/') ? folder + name : folder + "/" + name;
}

Result<Root, Error> Root::open(const std::string& folder)
{
    std::error_code error;
    const fs::path canonical = fs::canonical(folder, error);
    if (error)
        return bad_input("cannot use '" + folder + "' as a root: " + error.message());
    if (!fs::is_directory(canonical, error))
        return bad_input("cannot use '" + folder + "' as a root: it is not a directory");
    return Root(canonical, folder);
}

std::string Root::name() const
{
    return is_host() ? "this machine" : "the root '" + given_ + "'";
}

fs::path Root::on_host(const std::string& path) const
{
    return is_host() ? fs::path(path) : fs::path(folder_.string() + path);
}

std::string Root::from_host(const fs::path& file) const
{
    std::error_code error;
    const std::string path = fs::canonical(file, error).string();
    if (error || is_host())
        return path;
    const std::string& folder = folder_.native();
    return path.starts_with(folder + "/") ? path.substr(folder.size()) : "";
}

Result<Found, Error> Root::find(const std::string& path) const
{
    std::optional<Found> found = OUTIS_TRY(look(path));
    if (!found)
        return bad_input("there is no '" + path + "' in " + name());
    return std::move(*found);
}

Result<std::optional<Found>, Error> Root::look(const std::string& path) const
{
    Found found{.path = "/"};
    found.kind = FoundKind::directory;
    std::vector<std::string> steps = steps_of(path);
    bool by_link = false;  // whether the path itself, not a folder in it, was a link
    // What to say of a path that ends at `place`.
    const auto missing = [&](const std::string& place) -> Result<std::optional<Found>, Error> {
        if (!by_link)
            return std::optional<Found>();
        std::string end = place;
        for (auto step = steps.rbegin(); step != steps.rend(); ++step)
            end += "/" + *step;
        return bad_input("'" + path + "' leads by the link '" + found.links.back().path + "' to '" +
                         end + "', which is not in " + name());
    };
    while (!steps.empty()) {
        const std::string step = std::move(steps.back());
        steps.pop_back();
        if (found.kind != FoundKind::directory)
            return missing(found.path + "/" + step);
        if (step == "..") {
            if (found.path != "/")
                found.left.push_back(found.path);
            found.path = folder_of(found.path);
            continue;
        }
        const std::string place = joined_path(found.path, step);
        struct stat status = {};
        if (::lstat(on_host(place).c_str(), &status) != 0) {
            if (errno == ENOENT || errno == ENOTDIR)
                return missing(place);
            return bad_input("cannot look at '" + place + "' in " + name() + ": " + reason(errno));
        }
        if (!S_ISLNK(status.st_mode)) {
            found.path = place;
            found.kind = kind_of(status.st_mode);
            found.executable = (status.st_mode & S_IXUSR) != 0;
            const mode_t others = S_ISDIR(status.st_mode) ? S_IXOTH : S_IROTH;
            found.secret = found.secret || (status.st_mode & others) == 0;
            continue;
        }
        if (found.links.size() >= kMaxLinks)
            return bad_input("'" + path + "' in " + name() + " goes round in circles: the link '" +
                             place + "' comes back to itself");
        by_link = by_link || steps.empty();
        const std::string target = OUTIS_TRY(read_link(on_host(place)));
        found.links.push_back({.path = place, .target = target});
        const std::vector<std::string> more = steps_of(target);
        steps.insert(steps.end(), more.begin(), more.end());
        if (target.starts_with('/'))
            found.path = "/";
    }
    return std::optional(std::move(found));
}

Result<std::vector<std::string>, Error> Root::names(const std::string& path) const
{
    std::vector<std::string> names;
    std::error_code error;
    for (fs::directory_iterator at(on_host(path), error), end; !error && at != end;
         at.increment(error)) {
        if (names.size() >= kMaxNames)
            break;
        names.push_back(at->path().filename().string());
    }
    if (error && error != std::errc::no_such_file_or_directory &&
        error != std::errc::not_a_directory)
        return bad_input("cannot read the directory '" + path + "' in " + name() + ": " +
                         reason(error.value()));
    std::ranges::sort(names);
    return names;
}

}  // namespace outis::images::host
