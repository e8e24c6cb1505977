#include "bill/packages.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "bill/databases.h"
#include "host/input.h"
#include "outis/sandbox/suggest.h"

namespace outis::images::bill {

namespace {

constexpr std::size_t kMaxFiles = 500'000;
constexpr const char* kStatus = "/var/lib/dpkg/status";
constexpr const char* kLists = "/var/lib/dpkg/info";
constexpr const char* kInstalled = "/lib/apk/db/installed";

constexpr std::array<std::string_view, 35> kLeftOut{
    "/etc/apparmor.d/",
    "/etc/bash_completion.d/",
    "/etc/cron.",
    "/etc/default/",
    "/etc/init.d/",
    "/etc/init/",
    "/etc/logrotate.d/",
    "/etc/rc",
    "/etc/systemd/",
    "/lib/systemd/",
    "/lib/udev/",
    "/usr/lib/systemd/",
    "/usr/lib/sysusers.d/",
    "/usr/lib/tmpfiles.d/",
    "/usr/lib/udev/",
    "/usr/share/applications/",
    "/usr/share/bash-completion/",
    "/usr/share/bug/",
    "/usr/share/doc-base/",
    "/usr/share/doc/",
    "/usr/share/fish/",
    "/usr/share/gtk-doc/",
    "/usr/share/help/",
    "/usr/share/icons/",
    "/usr/share/info/",
    "/usr/share/lintian/",
    "/usr/share/locale/",
    "/usr/share/man/",
    "/usr/share/menu/",
    "/usr/share/pixmaps/",
    "/usr/share/zsh/",
    "/var/cache/",
    "/var/lib/dpkg/",
    "/var/log/",
    "/usr/share/zoneinfo/",
};

// What maintainer scripts need, and the C library. Sorted.
constexpr std::array<std::string_view, 27> kNotFollowed{
    "adduser",
    "base-files",
    "base-passwd",
    "ca-certificates",
    "coreutils",
    "dash",
    "debconf",
    "debconf-2.0",
    "debianutils",
    "dpkg",
    "gcc-12-base",
    "gcc-14-base",
    "init-system-helpers",
    "install-info",
    "libc-bin",
    "libc6",
    "login",
    "lsb-base",
    "musl",
    "passwd",
    "procps",
    "sed",
    "so:libc.musl-aarch64.so.1",
    "so:libc.musl-x86_64.so.1",
    "sysvinit-utils",
    "ucf",
    "util-linux",
};

// Folders of /etc that many packages share.
constexpr std::array<std::string_view, 9> kShared{
    "/etc/alternatives", "/etc/ld.so.conf.d", "/etc/pam.d",     "/etc/profile.d",   "/etc/security",
    "/etc/skel",         "/etc/ssl",          "/etc/ssl/certs", "/etc/ssl/private",
};

struct Row {
    std::vector<std::string> needs = {};
    std::vector<std::string> provides = {};
    std::vector<std::string> files = {};
    std::string list = {};  // the file that names its files, if they are not known yet
};

using Rows = std::map<std::string, Row>;

std::string_view trimmed(std::string_view text)
{
    constexpr std::string_view kBlanks = " \t\r";
    const std::size_t begin = text.find_first_not_of(kBlanks);
    return begin == std::string_view::npos
               ? std::string_view()
               : text.substr(begin, text.find_last_not_of(kBlanks) + 1 - begin);
}

// Lines stand as they are, for a blank at their start counts.
std::vector<std::string_view> pieces(std::string_view text, char separator)
{
    std::vector<std::string_view> found;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(separator), text.size());
        const std::string_view piece = text.substr(0, end);
        found.push_back(separator == '\n' ? piece : trimmed(piece));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return found;
}

// "libc6" of "libc6:any (>= 2.36) | x" or of apk's "so:libz.so.1>=1.3" (whose colon stays).
std::string name_of(std::string_view need, bool deb)
{
    return std::string(need.substr(0, need.find_first_of(deb ? " (:" : "<>=~ ")));
}

std::optional<std::string> text_at(const host::Root& root, const std::string& path)
{
    const Result<host::Found, Error> found = root.find(path);
    if (!found || found.value().kind != host::FoundKind::file)
        return std::nullopt;
    Result<std::string, Error> text =
        host::read_file(root.on_host(found.value().path), kMaxDatabase);
    return text ? std::optional(text.take()) : std::nullopt;
}

// Each need is one name, alternatives behind each other with '|'.
Rows read_dpkg(const host::Root& root, std::string_view status)
{
    Rows rows;
    Row row;
    std::string name;
    std::string arch;
    std::string depends;
    std::string provides;
    const auto end_stanza = [&] {
        const std::string plain = host::joined_path(kLists, name + ".list");
        const std::string with_arch = host::joined_path(kLists, name + ":" + arch + ".list");
        if (!name.empty() && name.size() <= kMaxPackageField && name.find('/') == name.npos) {
            for (const std::string_view need : pieces(depends, ','))
                row.needs.emplace_back(need);
            for (const std::string_view one : pieces(provides, ','))
                row.provides.push_back(name_of(one, true));
            row.list = root.find(with_arch) ? with_arch : plain;
            rows.insert_or_assign(name, std::move(row));
        }
        row = {};
        name.clear();
        arch.clear();
        depends.clear();
        provides.clear();
    };
    for (const std::string_view line : pieces(status, '\n')) {
        if (rows.size() > kMaxPackages)
            break;
        const std::size_t colon = line.find(':');
        const std::string_view key = line.substr(0, colon);
        const std::string_view value =
            colon == line.npos ? std::string_view() : trimmed(line.substr(colon + 1));
        if (trimmed(line).empty())
            end_stanza();
        else if (line.front() == ' ' || line.front() == '\t')
            continue;
        else if (key == "Package")
            name = value;
        else if (key == "Architecture")
            arch = value;
        else if (key == "Depends" || key == "Pre-Depends")
            depends += (depends.empty() ? "" : ", ") + std::string(value);
        else if (key == "Provides")
            provides = value;
    }
    end_stanza();
    return rows;
}

Rows read_apk(std::string_view installed)
{
    Rows rows;
    Row row;
    std::string name;
    std::string folder;
    std::size_t files = 0;
    const auto end_record = [&] {
        if (!name.empty())
            rows.insert_or_assign(name, std::move(row));
        row = {};
        name.clear();
        folder.clear();
    };
    for (const std::string_view line : pieces(installed, '\n')) {
        if (line.empty()) {
            end_record();
            continue;
        }
        if (line.size() < 2 || line[1] != ':' || ++files > 4 * kMaxFiles)
            continue;
        const std::string_view value = line.substr(2);
        if (line[0] == 'P')
            name = value;
        else if (line[0] == 'D' || line[0] == 'p') {
            for (const std::string_view one : pieces(value, ' '))
                (line[0] == 'D' ? row.needs : row.provides).push_back(name_of(one, false));
        } else if (line[0] == 'F') {
            folder = "/" + std::string(value);
            row.files.push_back(folder);
        } else if (line[0] == 'R') {
            row.files.push_back(
                host::joined_path(folder.empty() ? "/" : folder, std::string(value)));
        }
    }
    end_record();
    return rows;
}

// What installing made in a folder that the package has to itself.
Result<Done, Error> add_made(const host::Root& root, const std::string& folder,
                             std::set<std::string>& files)
{
    constexpr std::string_view kSettings = "/etc/";
    if (!folder.starts_with(kSettings) || std::ranges::find(kShared, folder) != kShared.end())
        return Done{};
    const Result<host::Found, Error> found = root.find(folder);
    if (!found || found.value().kind != host::FoundKind::directory || found.value().path != folder)
        return Done{};
    for (const std::string& name : OUTIS_TRY(root.names(folder))) {
        const std::string path = host::joined_path(folder, name);
        const Result<host::Found, Error> made = root.find(path);
        if (made && made.value().kind == host::FoundKind::file)
            files.insert(path);
    }
    return Done{};
}

Result<Done, Error> add_files(const host::Root& root, const Row& row, std::set<std::string>& files)
{
    std::vector<std::string> listed = row.files;
    if (!row.list.empty()) {
        const std::string text = text_at(root, row.list).value_or("");
        for (const std::string_view line : pieces(text, '\n'))
            listed.emplace_back(line);
    }
    for (const std::string& path : listed) {
        if (!path.starts_with('/') || path == "/." || !is_packed(path))
            continue;
        if (files.size() > kMaxFiles)
            return bad_input("the packages hold more than 500000 files");
        files.insert(path);
        OUTIS_TRY(add_made(root, path, files));
    }
    return Done{};
}

}  // namespace

bool is_packed(std::string_view path)
{
    constexpr std::string_view kCopyright = "/copyright";
    if (path.starts_with("/usr/share/doc/") && path.ends_with(kCopyright))
        return true;
    const std::string folder = std::string(path) + "/";
    return std::ranges::none_of(kLeftOut, [&](std::string_view left_out) {
        return path.starts_with(left_out) || folder == left_out;
    });
}

Result<std::vector<std::string>, Error> package_files(const host::Root& root,
                                                      const std::vector<std::string>& names,
                                                      Dependencies dependencies)
{
    const std::optional<std::string> status = text_at(root, kStatus);
    const std::optional<std::string> installed = status ? std::nullopt : text_at(root, kInstalled);
    if (!status && !installed)
        return bad_input(root.name() + " has no database of packages, neither '" + kStatus +
                         "' nor '" + kInstalled + "'");
    const bool deb = status.has_value();
    const Rows rows = deb ? read_dpkg(root, *status) : read_apk(*installed);
    std::map<std::string, std::string> providers;
    std::vector<std::string> known;
    for (const auto& [name, row] : rows) {
        known.push_back(name);
        for (const std::string& provided : row.provides)
            providers.emplace(provided, name);
    }
    std::set<std::string> taken;
    std::vector<std::string> pending;
    for (const std::string& name : names) {
        if (!rows.contains(name))
            return bad_input("there is no package '" + name + "' in " + root.name() +
                             sandbox::did_you_mean(name, known) + "; install it there");
        pending.push_back(name);
    }
    std::set<std::string> files;
    while (!pending.empty()) {
        const std::string name = std::move(pending.back());
        pending.pop_back();
        if (!taken.insert(name).second)
            continue;
        const Row& row = rows.at(name);
        OUTIS_TRY(add_files(root, row, files));
        if (dependencies == Dependencies::without)
            continue;
        for (const std::string& need : row.needs) {
            for (const std::string_view choice : pieces(need, '|')) {
                std::string wanted = name_of(choice, deb);
                if (std::ranges::binary_search(kNotFollowed, wanted))
                    break;
                if (const auto provider = providers.find(wanted);
                    !rows.contains(wanted) && provider != providers.end())
                    wanted = provider->second;
                if (!rows.contains(wanted))
                    continue;
                if (!std::ranges::binary_search(kNotFollowed, wanted))
                    pending.push_back(wanted);
                break;
            }
        }
    }
    return std::vector<std::string>(files.begin(), files.end());
}

}  // namespace outis::images::bill
