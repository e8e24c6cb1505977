// Which installed packages the files of a root are from, by the databases that lie in it: dpkg's,
// also in the form of distroless images (status.d), and apk's. The host is the root '/'.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "bill/databases.h"

namespace outis::images::bill {

struct Owner {
    PackageFormat format = PackageFormat::deb;
    InstalledPackage package = {};

    auto operator<=>(const Owner&) const = default;
};

struct Owners {
    std::string distribution = {};          // ID of os-release, "debian"; may be empty
    std::string distribution_version = {};  // VERSION_ID, "12"
    std::map<std::string, Owner> by_path = {};
    // Of each owner, as its database has it: of apk's without the files.
    std::map<Owner, std::string> stanzas = {};
    // By path, where a database has it: MD5 in hexadecimal digits; of apk's "Q1" and SHA-1 in
    // base64.
    std::map<std::string, std::string> sums = {};
    std::vector<std::string> notes = {};  // what could not be read, a clause each
};

// `paths` are absolute paths of files in `root`, links resolved. Never fails: a database that is
// missing owns nothing, one that is damaged is a note. Nothing outside of `root` is read.
Owners find_owners(const std::filesystem::path& root, const std::set<std::string>& paths);

// Whether packages may own a file there at all: not below /home, /srv, /tmp, /usr/local, …
// Source: Filesystem Hierarchy Standard 3.0; Debian policy 9.1.
bool package_may_own(std::string_view path);

}  // namespace outis::images::bill
