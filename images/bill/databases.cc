#include "bill/databases.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "layers/tree.h"

namespace outis::images::bill {

namespace {

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

// A field too long to be one is kept just long enough to be found malformed.
std::string field(std::string_view value)
{
    return std::string(without_blanks(value).substr(0, kMaxPackageField + 1));
}

}  // namespace

std::string_view take_line(std::string_view& text)
{
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return line;
}

std::string_view without_blanks(std::string_view text)
{
    constexpr std::string_view kBlanks = " \t\r\n";
    const std::size_t begin = text.find_first_not_of(kBlanks);
    if (begin == std::string_view::npos)
        return {};
    return text.substr(begin, text.find_last_not_of(kBlanks) + 1 - begin);
}

bool is_field(std::string_view key, std::string_view name)
{
    return std::ranges::equal(key, name, [](char one, char other) {
        return std::tolower(static_cast<unsigned char>(one)) ==
               std::tolower(static_cast<unsigned char>(other));
    });
}

std::optional<std::vector<Stanza>> read_dpkg_status(std::string_view text)
{
    constexpr std::array<std::pair<std::string_view, std::string InstalledPackage::*>, 4> kFields{{
        {"Package", &InstalledPackage::name},
        {"Version", &InstalledPackage::version},
        {"Architecture", &InstalledPackage::arch},
        {"Source", &InstalledPackage::source},
    }};
    std::vector<Stanza> stanzas;
    InstalledPackage package;
    std::array<bool, kFields.size()> seen{};
    std::string_view rest = text;
    const auto end_stanza = [&](std::string_view before) {
        const std::size_t size = text.size() - before.size();
        if (well_formed(package))
            stanzas.push_back({.package = std::move(package), .text = text.substr(0, size)});
        package = {};
        seen = {};
        text = rest;
    };
    while (!rest.empty()) {
        const std::string_view before = rest;
        const std::string_view line = take_line(rest);
        const std::size_t colon = line.find(':');
        if (stanzas.size() > kMaxPackages || line.find('\0') != std::string_view::npos)
            return std::nullopt;
        if (without_blanks(line).empty()) {
            end_stanza(before);
        } else if (line.front() == ' ' || line.front() == '\t') {
            continue;
        } else if (colon == std::string_view::npos) {
            return std::nullopt;
        } else {
            // Of a field that comes again the first counts.
            const std::string_view key = line.substr(0, colon);
            for (std::size_t i = 0; i < kFields.size(); ++i) {
                if (is_field(key, kFields[i].first) && !std::exchange(seen[i], true))
                    package.*kFields[i].second = field(line.substr(colon + 1));
            }
        }
    }
    end_stanza({});
    return stanzas.size() > kMaxPackages ? std::nullopt : std::optional(std::move(stanzas));
}

std::set<std::string> paths_in_list(std::string_view list, const PathFilter& wanted)
{
    std::set<std::string> found;
    while (!list.empty()) {
        if (const std::string* path = wanted.find(take_line(list)))
            found.insert(*path);
    }
    return found;
}

std::map<std::string, std::string> sums_in(std::string_view sums, const PathFilter& wanted)
{
    std::map<std::string, std::string> found;
    while (!sums.empty()) {
        const std::string_view line = take_line(sums);
        const std::size_t blank = line.find("  ");
        const std::string* path =
            blank == std::string_view::npos ? nullptr : wanted.find(line.substr(blank + 2));
        if (path != nullptr)
            found.emplace(*path, field(line.substr(0, blank)));
    }
    return found;
}

std::optional<ApkFiles> wanted_in_apk(std::string_view text, const PathFilter& wanted)
{
    // What apk writes of each file, and what it remembers of how it installed the package.
    constexpr std::string_view kNotCopied = "FMRaZfs";
    ApkFiles files;
    InstalledPackage package;
    std::string folder;
    std::map<std::string, std::string> sums;  // of the package's wanted files
    auto file = sums.end();
    std::string stanza;
    std::size_t listed = 0;
    const auto end_record = [&] {
        if (well_formed(package) && !sums.empty()) {
            for (auto& [path, sum] : sums)
                files.by_path.try_emplace(path, ApkFile{.owner = package, .sum = std::move(sum)});
            files.stanzas.try_emplace(package, std::move(stanza));
        }
        package = {};
        folder.clear();
        sums.clear();
        file = sums.end();
        stanza.clear();
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
        if (kNotCopied.find(line[0]) == std::string_view::npos && stanza.size() <= kMaxStanza)
            (stanza += line) += '\n';
        switch (line[0]) {
        case 'P': package.name = field(value); break;
        case 'V': package.version = field(value); break;
        case 'A': package.arch = field(value); break;
        case 'o': package.source = field(value); break;
        case 'F':
            folder = value;
            file = sums.end();
            break;
        case 'R': {
            if (++listed > kMaxListedFiles)
                return std::nullopt;
            const std::string* path =
                folder.size() > layers::kMaxPathLength
                    ? nullptr
                    : wanted.find(folder.empty() ? std::string(value)
                                                 : folder + "/" + std::string(value));
            file = path == nullptr ? sums.end() : sums.try_emplace(*path).first;
            break;
        }
        case 'Z':
            if (file != sums.end())
                file->second = field(value);
            break;
        default: break;  // what of it is not asked
        }
    }
    end_record();
    return files;
}

}  // namespace outis::images::bill
