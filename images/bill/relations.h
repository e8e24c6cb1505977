// Which installed packages need which others, as text of dpkg's or apk's database says it. Only
// views of that text are held.
// Sources: deb-control(5); apk-v2(5).
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "bill/databases.h"
#include "outis/error.h"

namespace outis::images::bill {

constexpr std::size_t kMaxRelations = 2'000'000;  // needs and provided names, of one root

struct Relations {
    std::vector<std::string_view> needs = {};  // with versions, and alternatives behind '|'
    std::vector<std::string_view> provides = {};
    std::string_view arch = {};
    std::string_view record = {};  // all that the database has of the package
};

struct PackageTable {
    PackageFormat format = PackageFormat::deb;
    std::map<std::string_view, Relations> by_name = {};
};

// Of a name in several architectures that of `arch`, Debian's word, counts. Beyond a limit, and
// what is no such text, is an error.
Result<PackageTable, Error> dpkg_table(std::string_view status, std::string_view arch);
Result<PackageTable, Error> apk_table(std::string_view installed);

// The names, which the table has, and those of the packages that they need, without those that only
// installing needs and the C library. What is not installed is left out.
std::set<std::string_view> with_needed(const PackageTable& table,
                                       const std::vector<std::string>& names);

// Told every path in a package's record of apk's database, but those that are too long to be one.
using OnPath = std::function<Result<Done, Error>(const std::string& path)>;

Result<Done, Error> each_file(std::string_view record, const OnPath& on_path);

}  // namespace outis::images::bill
