// What of a root is believed, and what may leave it unasked. A library says in texts of its own
// where it looks for more: OpenSSL's folders, DT_RUNPATH. Whoever made it chose them; so the texts
// of a library beside the app could name any folder of the machine that bakes.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "host/root.h"
#include "outis/error.h"
#include "programs/elf.h"

namespace outis::images::programs {

class SystemFolders {
public:
    // /lib, /usr/lib and their kin, and the folders of the root's /etc/ld.so.conf, links resolved.
    static Result<SystemFolders, Error> of(const host::Root& root);

    // Whether a path without links lies in one of them, or further below.
    [[nodiscard]] bool hold(const std::string& path) const;

private:
    std::vector<std::string> folders_;  // without '/' at the end
};

// Whether others than its owner may read a file; `path` has no links. Folders that lead to a file
// that the user named do not count, for that one was to be packed too, nor does such a file itself.
bool others_may_read(const host::Root& root, const std::string& path,
                     std::span<const std::string> named);

bool lies_below(const std::string& path, const std::string& folder);

// Whether a process can load the file beside its program: right machine, and no program itself.
bool is_library_for(const Elf& elf, const Elf& program);

}  // namespace outis::images::programs
