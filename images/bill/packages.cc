#include "bill/packages.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <utility>

#include "bill/databases.h"
#include "host/input.h"
#include "layers/tree.h"
#include "outis/sandbox/arch.h"
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

// Folders of /etc that many packages share.
constexpr std::array<std::string_view, 9> kShared{
    "/etc/alternatives", "/etc/ld.so.conf.d", "/etc/pam.d",     "/etc/profile.d",   "/etc/security",
    "/etc/skel",         "/etc/ssl",          "/etc/ssl/certs", "/etc/ssl/private",
};

// The file's text; nothing if there is none.
Result<std::optional<std::string>, Error> text_at(const host::Root& root, const std::string& path)
{
    const std::optional<host::Found> found = OUTIS_TRY(root.look(path));
    if (!found || found->kind != host::FoundKind::file)
        return std::optional<std::string>();
    std::string text = OUTIS_TRY(host::read_file(root.on_host(found->path), kMaxDatabase));
    return std::optional(std::move(text));
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

Result<Done, Error> add_path(const host::Root& root, const std::string& path,
                             std::set<std::string>& files)
{
    if (!path.starts_with('/') || path == "/." || path.find('\0') != path.npos ||
        path.size() > layers::kMaxPathLength || !is_packed(path) || !files.insert(path).second)
        return Done{};
    if (files.size() > kMaxFiles)
        return bad_input("the packages hold more than " + std::to_string(kMaxFiles) + " files");
    return add_made(root, path, files);
}

// What dpkg lists of a package.
Result<Done, Error> add_listed(const host::Root& root, const std::string& name,
                               std::string_view arch, std::set<std::string>& files)
{
    for (const std::string& list : {name + ":" + std::string(arch) + ".list", name + ".list"}) {
        const std::optional<std::string> text =
            OUTIS_TRY(text_at(root, host::joined_path(kLists, list)));
        if (!text)
            continue;
        std::string_view rest = *text;
        while (!rest.empty())
            OUTIS_TRY(add_path(root, std::string(take_line(rest)), files));
        break;
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

Result<PackageIndex, Error> PackageIndex::open(const host::Root& root, policy::Arch arch)
{
    PackageIndex index(root);
    for (const auto& [path, format] :
         {std::pair(kStatus, PackageFormat::deb), std::pair(kInstalled, PackageFormat::apk)}) {
        std::optional<std::string> text = OUTIS_TRY(text_at(root, path));
        if (!text)
            continue;
        index.text_ = std::make_unique<const std::string>(*std::move(text));
        Result<PackageTable, Error> table = format == PackageFormat::deb
                                                ? dpkg_table(*index.text_, sandbox::arch_name(arch))
                                                : apk_table(*index.text_);
        if (!table)
            return during("reading the package database '" + root.on_host(path).string() + "'",
                          table.take_failure());
        index.table_ = table.take();
        return index;
    }
    return bad_input(root.name() + " has no database of packages, neither '" + kStatus + "' nor '" +
                     kInstalled + "'");
}

Result<std::vector<std::string>, Error> PackageIndex::files(
    const std::vector<std::string>& names) const
{
    for (const std::string& name : names) {
        if (table_.by_name.contains(name))
            continue;
        std::vector<std::string> known;
        for (const auto& [one, row] : table_.by_name)
            known.emplace_back(one);
        return bad_input("there is no package '" + name + "' in " + root_->name() +
                         sandbox::did_you_mean(name, known) + "; install it there");
    }
    std::set<std::string> files;
    for (const std::string_view name : with_needed(table_, names)) {
        const Relations& row = table_.by_name.at(name);
        if (table_.format == PackageFormat::deb)
            OUTIS_TRY(add_listed(*root_, std::string(name), row.arch, files));
        else
            OUTIS_TRY(each_file(row.record, [&](const std::string& path) {
                return add_path(*root_, path, files);
            }));
    }
    return std::vector<std::string>(files.begin(), files.end());
}

}  // namespace outis::images::bill
