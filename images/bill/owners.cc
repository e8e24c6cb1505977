#include "bill/owners.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <system_error>

#include "files/input.h"

namespace outis::images {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kMaxOsRelease = 64U << 10;
constexpr const char* kDpkg = "var/lib/dpkg";
constexpr const char* kApk = "lib/apk/db/installed";
constexpr std::string_view kList = ".list";
constexpr std::string_view kSums = ".md5sums";

constexpr std::array<std::string_view, 11> kPackaged{"/bin/",   "/boot/",  "/etc/",    "/lib/",
                                                     "/lib32/", "/lib64/", "/libx32/", "/opt/",
                                                     "/sbin/",  "/usr/",   "/var/lib/"};
constexpr std::array<std::string_view, 3> kNeverPackaged{"/usr/local/", "/usr/src/",
                                                         "/var/lib/dpkg/"};

bool is_below(const fs::path& path, const fs::path& root)
{
    const auto [end, ignored] = std::mismatch(root.begin(), root.end(), path.begin(), path.end());
    return end == root.end() || end->empty();
}

// One root's databases, and what was found in them so far.
class Search {
public:
    Search(fs::path root, const std::set<std::string>& paths)
        : root_(std::move(root)), wanted_(paths, merge_of(root_)), missing_(paths.size())
    {
    }

    Owners run()
    {
        read_os_release();
        if (missing_ != 0)
            search_dpkg();
        if (missing_ != 0)
            search_distroless();
        if (missing_ != 0)
            search_apk();
        return std::move(owners_);
    }

private:
    static UsrMerge merge_of(const fs::path& root)
    {
        std::error_code ignored;
        return fs::is_symlink(root / "lib", ignored) ? UsrMerge::yes : UsrMerge::no;
    }

    void note(const fs::path& file, const std::string& what)
    {
        owners_.notes.push_back("the package database '" + file.string() + "' " + what +
                                ", so the bill of materials may miss packages");
    }

    // The file's text; nothing if there is none, with a note if it is there and cannot be read.
    std::optional<std::string> text_of(const fs::path& file)
    {
        std::error_code error;
        const fs::path real = fs::canonical(file, error);
        if (error)
            return std::nullopt;
        if (!is_below(real, root_)) {
            note(file, "leads out of the root");
            return std::nullopt;
        }
        Result<std::string, Error> text = read_file(real, kMaxDatabase);
        if (!text) {
            note(file, "cannot be read");
            return std::nullopt;
        }
        return text.take();
    }

    // The names in a folder of the root, sorted; links are left out.
    std::vector<std::string> names_in(const fs::path& folder)
    {
        std::vector<std::string> names;
        std::error_code error;
        const fs::path real = fs::canonical(folder, error);
        if (error || !is_below(real, root_))
            return names;
        for (fs::directory_iterator at(real, error), end; !error && at != end;
             at.increment(error)) {
            std::error_code ignored;
            if (at->is_symlink(ignored) || !at->is_regular_file(ignored))
                continue;
            names.push_back(at->path().filename().string());
            if (names.size() > 3 * kMaxPackages) {
                note(folder, "holds more than 600000 files");
                return {};
            }
        }
        std::ranges::sort(names);
        return names;
    }

    void own(const std::string& path, PackageFormat format, const InstalledPackage& package)
    {
        if (owners_.by_path.emplace(path, Owner{.format = format, .package = package}).second)
            --missing_;
    }

    void search_dpkg()
    {
        const fs::path folder = root_ / kDpkg;
        // Paths by the name of the list: "libc6:amd64", or "tzdata".
        std::map<std::string, std::vector<std::string>> lists;
        std::size_t found = 0;
        for (const std::string& name : names_in(folder / "info")) {
            if (!name.ends_with(kList) || found == missing_)
                continue;
            const Result<std::string, Error> list = read_file(folder / "info" / name, kMaxDatabase);
            if (!list) {
                note(folder / "info" / name, "cannot be read");
                continue;
            }
            std::vector<std::string> paths = wanted_in_list(list.value(), wanted_);
            found += paths.size();
            if (!paths.empty())
                lists.emplace(name.substr(0, name.size() - kList.size()), std::move(paths));
        }
        if (lists.empty())
            return;
        const fs::path status = folder / "status";
        const std::optional<std::string> text = text_of(status);
        const auto packages = text ? read_dpkg_status(*text) : std::nullopt;
        if (text && !packages)
            note(status, "is damaged");
        if (packages)
            own_listed(lists, *packages, status);
    }

    void own_listed(const std::map<std::string, std::vector<std::string>>& lists,
                    const std::vector<InstalledPackage>& packages, const fs::path& status)
    {
        for (const auto& [name, paths] : lists) {
            const auto package =
                std::ranges::find_if(packages, [&name = name](const InstalledPackage& candidate) {
                    return name == candidate.name || name == candidate.name + ":" + candidate.arch;
                });
            if (package == packages.end())
                note(status, "does not know '" + name + "'");
            for (const std::string& path : paths) {
                if (package != packages.end())
                    own(path, PackageFormat::deb, *package);
            }
        }
    }

    void search_distroless()
    {
        const fs::path folder = root_ / kDpkg / "status.d";
        for (const std::string& name : names_in(folder)) {
            if (!name.ends_with(kSums))
                continue;
            const std::optional<std::string> sums = text_of(folder / name);
            const std::vector<std::string> paths =
                sums ? wanted_in_sums(*sums, wanted_) : std::vector<std::string>();
            if (paths.empty())
                continue;
            const fs::path stanza = folder / name.substr(0, name.size() - kSums.size());
            const std::optional<std::string> text = text_of(stanza);
            const auto packages = text ? read_dpkg_status(*text) : std::nullopt;
            if (!packages || packages->size() != 1) {
                note(stanza, "is missing or damaged");
                continue;
            }
            for (const std::string& path : paths)
                own(path, PackageFormat::deb, packages->front());
        }
    }

    void search_apk()
    {
        const fs::path file = root_ / kApk;
        const std::optional<std::string> text = text_of(file);
        if (!text)
            return;
        const auto owned = wanted_in_apk(*text, wanted_);
        if (!owned) {
            note(file, "is damaged");
            return;
        }
        for (const OwnedPath& row : *owned)
            own(row.path, PackageFormat::apk, row.owner);
    }

    void read_os_release()
    {
        for (const char* name : {"etc/os-release", "usr/lib/os-release"}) {
            std::error_code error;
            const fs::path real = fs::canonical(root_ / name, error);
            if (error || !is_below(real, root_))
                continue;
            const Result<std::string, Error> text = read_file(real, kMaxOsRelease);
            if (!text)
                continue;
            owners_.distribution = value_of(text.value(), "\nID=");
            owners_.distribution_version = value_of(text.value(), "\nVERSION_ID=");
            return;
        }
    }

    // Of os-release(5), quoted or not; empty if it is not what IDs consist of.
    static std::string value_of(const std::string& text, std::string_view key)
    {
        const std::string lines = "\n" + text;
        const std::size_t at = lines.find(key);
        if (at == std::string::npos)
            return "";
        std::string value = lines.substr(at + key.size());
        value.resize(std::min(value.find('\n'), value.size()));
        std::erase_if(value, [](char c) { return c == '"' || c == '\''; });
        return value.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789._-") ==
                       std::string::npos
                   ? value
                   : "";
    }

    fs::path root_;
    WantedPaths wanted_;
    std::size_t missing_;  // wanted paths without owner
    Owners owners_;
};

}  // namespace

Owners find_owners(const fs::path& root, const std::set<std::string>& paths)
{
    std::error_code error;
    const fs::path real = fs::canonical(root, error);
    if (error || paths.empty())
        return {};
    return Search(real, paths).run();
}

bool package_may_own(std::string_view path)
{
    const auto is_start = [&](std::string_view folder) { return path.starts_with(folder); };
    return std::ranges::any_of(kPackaged, is_start) &&
           std::ranges::none_of(kNeverPackaged, is_start);
}

}  // namespace outis::images
