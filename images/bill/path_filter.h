// The paths whose owners are looked for among the files that packages list.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <unordered_map>

namespace outis::images::bill {

enum class UsrMerge : unsigned char { no, yes };

class PathFilter {
public:
    // Absolute paths in a root. In a merged root '/usr/lib/x' is what a package may list as
    // '/lib/x'.
    PathFilter(const std::set<std::string>& paths, UsrMerge merge);

    // The wanted path that a package means by `listed`, with or without '/' at its start; or null.
    [[nodiscard]] const std::string* find(std::string_view listed) const;

private:
    struct Hash {
        using is_transparent = void;

        std::size_t operator()(std::string_view text) const noexcept
        {
            return std::hash<std::string_view>()(text);
        }
    };

    [[nodiscard]] std::string_view key_of(std::string_view path) const;

    UsrMerge merge_;
    std::unordered_map<std::string, std::string, Hash, std::equal_to<>> paths_;  // by key
};

}  // namespace outis::images::bill
