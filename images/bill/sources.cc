#include "bill/sources.h"

#include <system_error>
#include <utility>

namespace outis::images::bill {

namespace fs = std::filesystem;

namespace {

// The path of `file` in `root`; empty if it is not there.
std::string path_in(const fs::path& file, const fs::path& root)
{
    const std::string text = file.lexically_relative(root).string();
    return text.empty() || text == "." || text.starts_with("..") ? "" : "/" + text;
}

}  // namespace

std::vector<RootOwners> owners_of(const std::set<fs::path>& files, const fs::path& root)
{
    std::error_code ignored;
    const fs::path given = root.empty() ? fs::path() : fs::canonical(root, ignored);
    RootOwners ours{.root = given};
    RootOwners others{.root = "/"};
    for (const fs::path& file : files) {
        std::error_code gone;
        const fs::path real = fs::canonical(file, gone);
        if (gone)
            continue;
        const std::string inside = given.empty() ? "" : path_in(real, given);
        const std::string& path = inside.empty() ? real.native() : inside;
        if (package_may_own(path))
            (inside.empty() ? others : ours).paths.emplace(file, path);
    }
    std::vector<RootOwners> found;
    for (RootOwners* one : {&ours, &others}) {
        std::set<std::string> paths;
        for (const auto& [file, path] : one->paths)
            paths.insert(path);
        if (paths.empty())
            continue;
        one->owners = find_owners(one->root, paths);
        found.push_back(std::move(*one));
    }
    return found;
}

}  // namespace outis::images::bill
