// The files of installed packages with those that they depend on, to be packed: by dpkg's database
// or apk's, which lie in the root.
//
// Left out are documentation (man, info, doc but copyright, translations), completions, and what
// systemd, cron, init and logrotate take (is_packed() has the list); packages that only installing
// needs; and the C library, of which a closure takes what is used. In folders of /etc that a
// package has to itself, what its installation has made there comes too.
//
// Sources: deb-control(5), dpkg-query(1); apk-v2(5).
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bill/relations.h"
#include "host/root.h"
#include "outis/base/policy_layout.h"
#include "outis/error.h"

namespace outis::images::bill {

// Of one root, which must outlive it.
class PackageIndex {
public:
    // No database, and one that is damaged or beyond a limit, is an error. Of a package that is
    // installed for several architectures that for `arch` counts.
    static Result<PackageIndex, Error> open(const host::Root& root, policy::Arch arch);

    // Absolute paths in the root, files and directories, sorted: of the packages and of those that
    // they depend on. An unknown package is an error that names similar ones.
    [[nodiscard]] Result<std::vector<std::string>, Error> files(
        const std::vector<std::string>& names) const;

private:
    explicit PackageIndex(const host::Root& root) : root_(&root) {}

    const host::Root* root_;
    std::unique_ptr<const std::string> text_ = {};  // that the table has views of
    PackageTable table_ = {};
};

// Whether a file of a package is one that an image has a use for.
bool is_packed(std::string_view path);

}  // namespace outis::images::bill
