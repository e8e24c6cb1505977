// What package managers write down about what is installed, read as text: nothing is trusted but
// what has the form it must have.
// Sources: dpkg-query(1), deb-control(5), deb-version(7); apk-tools, apk-v2(5) and its
// lib/apk/db/installed.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bill/path_filter.h"

namespace outis::images::bill {

constexpr std::size_t kMaxDatabase = 64U << 20;  // bytes of one file
constexpr std::size_t kMaxPackages = 200'000;    // of one root
constexpr std::size_t kMaxPackageField = 256;    // bytes of a name, version or architecture

struct InstalledPackage {
    std::string name = {};
    std::string version = {};
    std::string arch = {};
    std::string source = {};  // "glibc" or "glibc (2.36-9)", where the database says one

    auto operator<=>(const InstalledPackage&) const = default;
};

// The stanzas of dpkg's status, in their order, those with a well-formed name, version and
// architecture; nothing if it is no such text.
std::optional<std::vector<InstalledPackage>> read_dpkg_status(std::string_view text);

// The wanted paths in a list of paths, one a line.
std::vector<std::string> paths_in_list(std::string_view list, const PathFilter& wanted);
// Likewise in lines of "DIGEST  PATH".
std::vector<std::string> paths_in_sums(std::string_view sums, const PathFilter& wanted);

struct OwnedPath {
    std::string path = {};
    InstalledPackage owner = {};
};

// The wanted paths in apk's database; nothing if it is no such text.
std::optional<std::vector<OwnedPath>> wanted_in_apk(std::string_view text,
                                                    const PathFilter& wanted);

}  // namespace outis::images::bill
