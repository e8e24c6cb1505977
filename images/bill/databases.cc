#include "bill/databases.h"

#include <algorithm>

namespace outis::images::bill {

namespace {

std::string_view take_line(std::string_view& text)
{
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return line;
}

// Letters and digits of ASCII, and some of `more`. All that names, versions and architectures of
// Debian and Alpine consist of.
bool consists_of(std::string_view text, std::string_view more)
{
    return !text.empty() && text.size() <= kMaxPackageField &&
           std::ranges::all_of(text, [&](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      more.find(c) != std::string_view::npos;
           });
}

bool well_formed(const InstalledPackage& package)
{
    return consists_of(package.name, "+-._") && consists_of(package.version, "+-._~:") &&
           consists_of(package.arch, "-_") &&
           (package.source.empty() || consists_of(package.source, "+-._~:() "));
}

std::string_view without_blanks(std::string_view text)
{
    constexpr std::string_view kBlanks = " \t\r";
    const std::size_t begin = text.find_first_not_of(kBlanks);
    if (begin == std::string_view::npos)
        return {};
    return text.substr(begin, text.find_last_not_of(kBlanks) + 1 - begin);
}

// A field too long to be one is kept just long enough to be found malformed.
std::string field(std::string_view value)
{
    return std::string(without_blanks(value).substr(0, kMaxPackageField + 1));
}

}  // namespace

std::optional<std::vector<InstalledPackage>> read_dpkg_status(std::string_view text)
{
    std::vector<InstalledPackage> packages;
    InstalledPackage package;
    const auto end_stanza = [&] {
        if (well_formed(package))
            packages.push_back(package);
        package = {};
    };
    while (!text.empty()) {
        const std::string_view line = take_line(text);
        const std::size_t colon = line.find(':');
        if (packages.size() > kMaxPackages || line.find('\0') != std::string_view::npos)
            return std::nullopt;
        if (without_blanks(line).empty()) {
            end_stanza();
        } else if (line.front() == ' ' || line.front() == '\t') {
            continue;
        } else if (colon == std::string_view::npos) {
            return std::nullopt;
        } else {
            const std::string_view key = line.substr(0, colon);
            const std::string_view value = line.substr(colon + 1);
            if (key == "Package")
                package.name = field(value);
            else if (key == "Version")
                package.version = field(value);
            else if (key == "Architecture")
                package.arch = field(value);
            else if (key == "Source")
                package.source = field(value);
        }
    }
    end_stanza();
    return packages;
}

std::vector<std::string> paths_in_list(std::string_view list, const PathFilter& wanted)
{
    std::vector<std::string> found;
    while (!list.empty()) {
        if (const std::string* path = wanted.find(take_line(list)))
            found.push_back(*path);
    }
    return found;
}

std::vector<std::string> paths_in_sums(std::string_view sums, const PathFilter& wanted)
{
    std::vector<std::string> found;
    while (!sums.empty()) {
        const std::string_view line = take_line(sums);
        const std::size_t blank = line.find("  ");
        const std::string* path =
            blank == std::string_view::npos ? nullptr : wanted.find(line.substr(blank + 2));
        if (path != nullptr)
            found.push_back(*path);
    }
    return found;
}

std::optional<std::vector<OwnedPath>> wanted_in_apk(std::string_view text, const PathFilter& wanted)
{
    std::vector<OwnedPath> owned;
    InstalledPackage package;
    std::string folder;
    std::vector<std::string> paths;
    const auto end_record = [&] {
        for (std::string& path : paths) {
            if (well_formed(package))
                owned.push_back({.path = std::move(path), .owner = package});
        }
        package = {};
        folder.clear();
        paths.clear();
    };
    while (!text.empty()) {
        const std::string_view line = take_line(text);
        if (line.empty()) {
            end_record();
            continue;
        }
        if (line.size() < 2 || line[1] != ':' || line.find('\0') != std::string_view::npos)
            return std::nullopt;
        const std::string_view value = line.substr(2);
        switch (line[0]) {
        case 'P': package.name = field(value); break;
        case 'V': package.version = field(value); break;
        case 'A': package.arch = field(value); break;
        case 'o': package.source = field(value); break;
        case 'F': folder = value; break;
        case 'R':
            if (const std::string* path = wanted.find(
                    folder.empty() ? std::string(value) : folder + "/" + std::string(value)))
                paths.push_back(*path);
            break;
        default: break;  // what of it is not asked
        }
    }
    end_record();
    return owned;
}

}  // namespace outis::images::bill
