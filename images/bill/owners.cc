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
                                what + ", so the bill of materials, and the list of packages in " +
                                "the image, may miss packages");
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

    void own(const std::string& path, const Owner& owner)
    {
        if (owners_.by_path.emplace(path, owner).second)
            --missing_;
    }

    // Digests of paths that `owner` has.
    void add_sums(const Owner& owner, const std::map<std::string, std::string>& sums)
    {
        for (const auto& [path, sum] : sums) {
            const auto owned = owners_.by_path.find(path);
            if (owned != owners_.by_path.end() && owned->second == owner)
                owners_.sums.emplace(path, sum);
        }
    }

    void search_dpkg()
    {
        // Paths by the name of the list: "libc6:amd64", or "tzdata".
        std::map<std::string, std::set<std::string>> lists;
        std::size_t found = 0;
        const Listing listing = names_in(kDpkgLists, kList);
        for (const std::string& name : listing.names) {
            if (found == missing_)
                break;
            const std::optional<std::string> list = text_of(listing, name);
            if (!list)
                continue;
            std::set<std::string> paths = paths_in_list(*list, wanted_);
            found += paths.size();
            if (!paths.empty())
                lists.emplace(name.substr(0, name.size() - kList.size()), std::move(paths));
        }
        if (lists.empty())
            return;
        const std::optional<std::string> text = text_of(kDpkgStatus);
        const auto stanzas = text ? read_dpkg_status(*text) : std::nullopt;
        if (text && !stanzas)
            note(kDpkgStatus, "is damaged");
        if (stanzas)
            own_listed(lists, *stanzas);
    }

    void own_listed(const std::map<std::string, std::set<std::string>>& lists,
                    const std::vector<Stanza>& stanzas)
    {
        // The first of a name, as lists are called.
        std::map<std::string, const Stanza*> by_name;
        for (const Stanza& stanza : stanzas) {
            by_name.try_emplace(stanza.package.name, &stanza);
            by_name.try_emplace(stanza.package.name + ":" + stanza.package.arch, &stanza);
        }
        for (const auto& [name, paths] : lists) {
            const auto stanza = by_name.find(name);
            if (stanza == by_name.end()) {
                note(kDpkgStatus, "does not know '" + name + "'");
                continue;
            }
            const Owner owner{.format = PackageFormat::deb, .package = stanza->second->package};
            for (const std::string& path : paths)
                own(path, owner);
            owners_.stanzas.emplace(owner, stanza->second->text);
            const std::string sums_file = host::joined_path(kDpkgLists, name + std::string(kSums));
            if (const auto sums = text_of(sums_file))
                add_sums(owner, sums_in(*sums, wanted_));
        }
    }

    void search_distroless()
    {
        const Listing listing = names_in(kDistroless, kSums);
        for (const std::string& name : listing.names) {
            const std::optional<std::string> text_of_sums = text_of(listing, name);
            const std::map<std::string, std::string> sums =
                text_of_sums ? sums_in(*text_of_sums, wanted_)
                             : std::map<std::string, std::string>();
            if (sums.empty())
                continue;
            const std::string stanza =
                host::joined_path(kDistroless, name.substr(0, name.size() - kSums.size()));
            const std::optional<std::string> text = text_of(stanza);
            const auto stanzas = text ? read_dpkg_status(*text) : std::nullopt;
            if (!stanzas || stanzas->size() != 1) {
                note(stanza, "is missing or damaged");
                continue;
            }
            const Owner owner{.format = PackageFormat::deb, .package = stanzas->front().package};
            for (const auto& [path, sum] : sums)
                own(path, owner);
            owners_.stanzas.emplace(owner, stanzas->front().text);
            add_sums(owner, sums);
        }
    }

    void search_apk()
    {
        const std::optional<std::string> text = text_of(kApk);
        if (!text)
            return;
        const auto files = wanted_in_apk(*text, wanted_);
        if (!files) {
            note(kApk, "is damaged");
            return;
        }
        for (const auto& [path, file] : files->by_path) {
            const Owner owner{.format = PackageFormat::apk, .package = file.owner};
            own(path, owner);
            if (!file.sum.empty())
                add_sums(owner, {{path, file.sum}});
        }
        for (const auto& [package, stanza] : files->stanzas)
            owners_.stanzas.emplace(Owner{.format = PackageFormat::apk, .package = package},
                                    stanza);
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
