#include "bill/path_filter.h"

#include <algorithm>
#include <array>

namespace outis::images::bill {

namespace {

// The folders that are links into /usr in a merged root. Source: Debian's usrmerge, hier(7).
constexpr std::array<std::string_view, 6> kMergedFolders{"bin",   "sbin",  "lib",
                                                         "lib32", "lib64", "libx32"};

}  // namespace

PathFilter::PathFilter(const std::set<std::string>& paths, UsrMerge merge) : merge_(merge)
{
    for (const std::string& path : paths)
        paths_.emplace(key_of(path), path);
}

const std::string* PathFilter::find(std::string_view listed) const
{
    const auto found = paths_.find(key_of(listed));
    return found == paths_.end() ? nullptr : &found->second;
}

std::string_view PathFilter::key_of(std::string_view path) const
{
    constexpr std::string_view kUsr = "usr/";
    if (path.starts_with('/'))
        path.remove_prefix(1);
    if (merge_ == UsrMerge::no || !path.starts_with(kUsr))
        return path;
    const std::string_view below = path.substr(kUsr.size());
    const std::string_view folder = below.substr(0, below.find('/'));
    return std::ranges::find(kMergedFolders, folder) == kMergedFolders.end() ? path : below;
}

}  // namespace outis::images::bill
