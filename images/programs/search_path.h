// Where the loaders look for libraries before any program says so: the list that ldconfig made, the
// folders of its configuration, and those that a loader has built in. Sources: ld.so(8),
// ldconfig(8); musl's manual, "Dynamic linker path configuration".
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "host/root.h"
#include "outis/base/policy_layout.h"
#include "outis/error.h"
#include "programs/ld_cache.h"

namespace outis::images::programs {

enum class Libc { glibc, musl };

struct SearchPath {
    Libc libc = Libc::glibc;
    policy::Arch arch = policy::Arch::x86_64;
    std::string variable = {};                  // LD_LIBRARY_PATH as it stands
    std::shared_ptr<const LdCache> cache = {};  // glibc's; null: none
    std::vector<std::string> folders = {};      // of musl's file, or of glibc's without a cache
    std::vector<std::string> built_in = {};     // the loader's own, after all others
    std::string lib = {};                       // what $LIB stands for: "lib/x86_64-linux-gnu"
    std::string settings = {};                  // musl's file in the root, if it has one
};

// A loader's name says whose it is: "/lib/ld-musl-x86_64.so.1".
Libc libc_of(const std::string& interpreter);

// What a loader knows before it reads a file of its configuration. Arguments as below.
SearchPath built_in_path(policy::Arch arch, const std::string& interpreter,
                         const std::string& loader);

// The file that tells musl's loader its folders, instead of those that it has built in:
// "/etc/ld-musl-x86_64.path". And what it tells.
std::string musl_path_file(const std::string& interpreter);
// Of more folders than are tried for one name the first.
void take_musl_path(SearchPath& path, std::string_view text);

// As the root says. `loader` is where the interpreter really lies in it, `interpreter` its name.
Result<SearchPath, Error> read_search_path(const host::Root& root, policy::Arch arch,
                                           const std::string& interpreter,
                                           const std::string& loader);

// The folders of an ld.so.conf and of the files that it includes, in their order.
Result<std::vector<std::string>, Error> read_ld_conf(const host::Root& root,
                                                     const std::string& path);

// Folders between colons or lines.
std::vector<std::string> parse_folder_list(std::string_view text);

}  // namespace outis::images::programs
