#include "programs/trusted.h"

#include <algorithm>
#include <array>

#include <elf.h>
#include <sys/stat.h>

#include "programs/search_path.h"

namespace outis::images::programs {

namespace {

// Source: Filesystem Hierarchy Standard 3.0.
constexpr std::array kLibraryFolders{
    "/lib",       "/lib32",     "/lib64",      "/libx32",        "/usr/lib",
    "/usr/lib32", "/usr/lib64", "/usr/libx32", "/usr/local/lib", "/usr/local/lib64",
};

bool has_mode(const host::Root& root, const std::string& path, mode_t bit)
{
    struct stat status = {};
    return ::lstat(root.on_host(path).c_str(), &status) == 0 && (status.st_mode & bit) != 0;
}

}  // namespace

bool lies_below(const std::string& path, const std::string& folder)
{
    return path.size() > folder.size() && path.starts_with(folder) && path[folder.size()] == '/';
}

Result<SystemFolders, Error> SystemFolders::of(const host::Root& root)
{
    std::vector<std::string> named(kLibraryFolders.begin(), kLibraryFolders.end());
    const std::vector<std::string> listed = OUTIS_TRY(read_ld_conf(root, "/etc/ld.so.conf"));
    named.insert(named.end(), listed.begin(), listed.end());
    SystemFolders system;
    for (const std::string& folder : named) {
        const Result<host::Found, Error> found = root.find(folder);
        if (found && found.value().kind == host::FoundKind::directory && found.value().path != "/")
            system.folders_.push_back(found.value().path);
    }
    return system;
}

bool SystemFolders::hold(const std::string& path) const
{
    return std::ranges::any_of(folders_,
                               [&](const std::string& folder) { return lies_below(path, folder); });
}

bool others_may_read(const host::Root& root, const std::string& path,
                     std::span<const std::string> named)
{
    if (std::ranges::find(named, path) != named.end())
        return true;
    for (std::size_t slash = path.find('/', 1); slash != std::string::npos;
         slash = path.find('/', slash + 1)) {
        const std::string folder = path.substr(0, slash);
        const bool leads_there = std::ranges::any_of(
            named, [&](const std::string& file) { return lies_below(file, folder); });
        if (!leads_there && !has_mode(root, folder, S_IXOTH))
            return false;
    }
    return has_mode(root, path, S_IROTH);
}

bool is_library_for(const Elf& elf, const Elf& program)
{
    return elf.machine == program.machine && elf.bits == program.bits && elf.type == ET_DYN &&
           !elf.position_independent_program;
}

}  // namespace outis::images::programs
