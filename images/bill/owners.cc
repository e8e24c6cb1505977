#include "bill/owners.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "host/input.h"
#include "host/root.h"

namespace outis::images::bill {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kMaxOsRelease = 64U << 10;
constexpr const char* kDpkgStatus = "/var/lib/dpkg/status";
constexpr const char* kDpkgLists = "/var/lib/dpkg/info";
constexpr const char* kDistroless = "/var/lib/dpkg/status.d";
constexpr const char* kApk = "/lib/apk/db/installed";
constexpr std::string_view kList = ".list";
constexpr std::string_view kSums = ".md5sums";

constexpr std::array<std::string_view, 11> kPackaged{"/bin/",   "/boot/",  "/etc/",    "/lib/",
                                                     "/lib32/", "/lib64/", "/libx32/", "/opt/",
                                                     "/sbin/",  "/usr/",   "/var/lib/"};
constexpr std::array<std::string_view, 3> kNeverPackaged{"/usr/local/", "/usr/src/",
                                                         "/var/lib/dpkg/"};

// One root's databases, and what was found in them so far.
class Search {
public:
    Search(host::Root root, const std::set<std::string>& paths)
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
    static UsrMerge merge_of(const host::Root& root)
    {
        const Result<host::Found, Error> lib = root.find("/lib");
        return lib && !lib.value().links.empty() ? UsrMerge::yes : UsrMerge::no;
    }

    void note(const std::string& path, const std::string& what)
    {
        owners_.notes.push_back("the package database '" + root_.on_host(path).string() + "' " +
                                what + ", so the bill of materials may miss packages");
    }

    // The file's text; nothing if there is none, with a note if it is there and cannot be read.
    std::optional<std::string> text_of(const std::string& path)
    {
        const Result<std::optional<host::Found>, Error> found = root_.look(path);
        if (!found)
            note(path, "is out of reach (" + found.error().text + ")");
        if (!found || !found.value())
            return std::nullopt;
        return bytes_of(found.value()->path);
    }

    // Of a path without links.
    std::optional<std::string> bytes_of(const std::string& path)
    {
        Result<std::string, Error> text = host::read_file(root_.on_host(path), kMaxDatabase);
        if (!text) {
            note(path, "cannot be read");
            return std::nullopt;
        }
        return text.take();
    }

    // A folder's path without links, and the names in it that end so, sorted.
    struct Listing {
        std::string folder = {};
        std::vector<std::string> names = {};
    };

    Listing names_in(const std::string& folder, std::string_view ending)
    {
        const Result<std::optional<host::Found>, Error> found = root_.look(folder);
        if (!found)
            note(folder, "is out of reach (" + found.error().text + ")");
        if (!found || !found.value())
            return {};
        Listing listing{.folder = found.value()->path};
        Result<std::vector<std::string>, Error> names = root_.names(listing.folder);
        if (names)
            listing.names = names.take();
        else
            note(folder, "cannot be read");
        std::erase_if(listing.names,
                      [&](const std::string& name) { return !name.ends_with(ending); });
        return listing;
    }

    // A file of a listing: seldom a link, so that the way to the folder is gone once.
    std::optional<std::string> text_of(const Listing& listing, const std::string& name)
    {
        const std::string path = host::joined_path(listing.folder, name);
        std::error_code error;
        const bool is_link = fs::is_symlink(root_.on_host(path), error);
        return is_link || error ? text_of(path) : bytes_of(path);
    }

    void own(const std::string& path, PackageFormat format, const InstalledPackage& package)
    {
        if (owners_.by_path.emplace(path, Owner{.format = format, .package = package}).second)
            --missing_;
    }

    void search_dpkg()
    {
        // Paths by the name of the list: "libc6:amd64", or "tzdata".
        std::map<std::string, std::vector<std::string>> lists;
        std::size_t found = 0;
        const Listing listing = names_in(kDpkgLists, kList);
        for (const std::string& name : listing.names) {
            if (found == missing_)
                break;
            const std::optional<std::string> list = text_of(listing, name);
            if (!list)
                continue;
            std::vector<std::string> paths = paths_in_list(*list, wanted_);
            found += paths.size();
            if (!paths.empty())
                lists.emplace(name.substr(0, name.size() - kList.size()), std::move(paths));
        }
        if (lists.empty())
            return;
        const std::optional<std::string> text = text_of(kDpkgStatus);
        const auto packages = text ? read_dpkg_status(*text) : std::nullopt;
        if (text && !packages)
            note(kDpkgStatus, "is damaged");
        if (packages)
            own_listed(lists, *packages);
    }

    void own_listed(const std::map<std::string, std::vector<std::string>>& lists,
                    const std::vector<InstalledPackage>& packages)
    {
        for (const auto& [name, paths] : lists) {
            const auto package =
                std::ranges::find_if(packages, [&name = name](const InstalledPackage& candidate) {
                    return name == candidate.name || name == candidate.name + ":" + candidate.arch;
                });
            if (package == packages.end())
                note(kDpkgStatus, "does not know '" + name + "'");
            for (const std::string& path : paths) {
                if (package != packages.end())
                    own(path, PackageFormat::deb, *package);
            }
        }
    }

    void search_distroless()
    {
        const Listing listing = names_in(kDistroless, kSums);
        for (const std::string& name : listing.names) {
            const std::optional<std::string> sums = text_of(listing, name);
            const std::vector<std::string> paths =
                sums ? paths_in_sums(*sums, wanted_) : std::vector<std::string>();
            if (paths.empty())
                continue;
            const std::string stanza =
                host::joined_path(kDistroless, name.substr(0, name.size() - kSums.size()));
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
        const std::optional<std::string> text = text_of(kApk);
        if (!text)
            return;
        const auto owned = wanted_in_apk(*text, wanted_);
        if (!owned) {
            note(kApk, "is damaged");
            return;
        }
        for (const OwnedPath& row : *owned)
            own(row.path, PackageFormat::apk, row.owner);
    }

    void read_os_release()
    {
        for (const char* path : {"/etc/os-release", "/usr/lib/os-release"}) {
            const Result<host::Found, Error> found = root_.find(path);
            if (!found)
                continue;
            const Result<std::string, Error> text =
                host::read_file(root_.on_host(found.value().path), kMaxOsRelease);
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

    host::Root root_;
    PathFilter wanted_;
    std::size_t missing_;  // wanted paths without owner
    Owners owners_;
};

}  // namespace

Owners find_owners(const fs::path& root, const std::set<std::string>& paths)
{
    Result<host::Root, Error> opened = host::Root::open(root.string());
    if (!opened || paths.empty())
        return {};
    return Search(opened.take(), paths).run();
}

bool package_may_own(std::string_view path)
{
    const auto is_start = [&](std::string_view folder) { return path.starts_with(folder); };
    return std::ranges::any_of(kPackaged, is_start) &&
           std::ranges::none_of(kNeverPackaged, is_start);
}

}  // namespace outis::images::bill
