// What package managers write down about what is installed, read as text: nothing is trusted but
// what has the form it must have.
// Sources: dpkg-query(1), deb-control(5), deb-version(7); apk-tools, apk-v2(5) and its
// lib/apk/db/installed.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "bill/path_filter.h"

namespace outis::images::bill {

constexpr std::size_t kMaxDatabase = 64U << 20;     // bytes of one file
constexpr std::size_t kMaxPackages = 200'000;       // of one root
constexpr std::size_t kMaxPackageField = 256;       // bytes of a name, version or architecture
constexpr std::size_t kMaxListedFiles = 2'000'000;  // of apk's database
constexpr std::size_t kMaxStanza = 256U << 10;      // bytes about one package, without its files

// The first line of `text`, taken off it.
std::string_view take_line(std::string_view& text);

// Without blanks and line ends at either end.
std::string_view without_blanks(std::string_view text);
// Whether a field of dpkg's is called so; case does not count.
bool is_field(std::string_view key, std::string_view name);

enum class PackageFormat : unsigned char { deb, apk };

struct InstalledPackage {
    std::string name = {};
    std::string version = {};
    std::string arch = {};
    std::string source = {};  // "glibc" or "glibc (2.36-9)", where the database says one

    auto operator<=>(const InstalledPackage&) const = default;
};

struct Stanza {
    InstalledPackage package = {};
    std::string_view text = {};  // its lines, in the text that was read
};

// The stanzas of dpkg's status, in their order, those with a well-formed name, version and
// architecture; nothing if it is no such text.
std::optional<std::vector<Stanza>> read_dpkg_status(std::string_view text);

// The wanted paths in a list of paths, one a line.
std::set<std::string> paths_in_list(std::string_view list, const PathFilter& wanted);
// Likewise in lines of "DIGEST  PATH", with the digest.
std::map<std::string, std::string> sums_in(std::string_view sums, const PathFilter& wanted);

struct ApkFile {
    InstalledPackage owner = {};
    std::string sum = {};  // "Q1" and SHA-1 in base64, or empty
};

struct ApkFiles {
    std::map<std::string, ApkFile> by_path = {};
    std::map<InstalledPackage, std::string> stanzas = {};  // of the owners, without their files
};

// The wanted paths in apk's database; nothing if it is no such text.
std::optional<ApkFiles> wanted_in_apk(std::string_view text, const PathFilter& wanted);

}  // namespace outis::images::bill
