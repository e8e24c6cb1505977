// The list of packages in an image, which scanners read: what the databases of the roots say of the
// packages that the image has files of, each file of a package with its checksum.
//
//   var/lib/dpkg/status.d/NAME          fields of dpkg's status, as distroless images have them
//   var/lib/dpkg/status.d/NAME.md5sums  "MD5  PATH"
//   lib/apk/db/installed                fields of apk's database, and the lines F, R, Z
//   etc/os-release, etc/debian_version, etc/lsb-release, etc/alpine-release
//                                       those of the root: scanners take the distribution from them
//
// A file is listed where it lies in the image, if it has the checksum that the root's database has.
// Fields about one machine are left out (Conffiles, Config-Version, Triggers-*), so that the same
// packages give the same bytes.
//
// Sources: deb-control(5), deb-md5sums(5), dpkg-query(1); apk-v2(5); os-release(5).
#pragma once

#include <filesystem>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bill/databases.h"
#include "layers/tree.h"
#include "outis/base/policy_layout.h"
#include "view/flattened.h"

namespace outis::images::bill {

// The file of status.d for a stanza of dpkg's status; nothing for a package that is not installed.
std::optional<std::string> status_file(std::string_view stanza);

// What an image lists already.
struct ListedBefore {
    std::set<InstalledPackage> packages = {};  // of dpkg and of status.d
    std::set<std::string> names = {};          // of files in status.d
    bool has_apk = false;                      // its database
};

ListedBefore listed_in(const view::Flattened& image);

struct PackageRequest {
    std::filesystem::path root = {};  // given by name, or empty: '/'
    policy::Arch arch = policy::Arch::x86_64;
    bool release = true;  // whether the files that name the distribution are wanted
    ListedBefore before = {};
};

struct PackageLists {
    // One a layer: the entries that it needs besides its own, without their folders. A layer lists
    // the packages of its own files; it repeats what layers below say of these packages.
    std::vector<layers::Tree> trees = {};
    std::vector<std::string> notes = {};  // a clause each
};

// `layers` of one image, the lowest first. What the image below lists stays as it is: its packages
// are not listed again, and nothing is added to a database of apk, which a note says.
PackageLists package_lists(std::span<const layers::Tree* const> layers,
                           const PackageRequest& request);

}  // namespace outis::images::bill
