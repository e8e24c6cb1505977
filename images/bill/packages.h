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

#include <string>
#include <string_view>
#include <vector>

#include "host/root.h"
#include "outis/error.h"

namespace outis::images::bill {

enum class Dependencies : unsigned char { without, with };

// Absolute paths in the root, files and directories, sorted. An unknown package is an error that
// names similar ones.
Result<std::vector<std::string>, Error> package_files(const host::Root& root,
                                                      const std::vector<std::string>& names,
                                                      Dependencies dependencies);

// Whether a file of a package is one that an image has a use for.
bool is_packed(std::string_view path);

}  // namespace outis::images::bill
