// What of a root goes into the image: files with the symbolic links that led to them, each with who
// asked for it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "host/root.h"
#include "layers/tree.h"
#include "outis/error.h"

namespace outis::images::programs {

struct ClosureFile {
    std::string place = {};                  // in the image, absolute, free of links
    std::string in_root = {};                // in the root; another place only if it had to move
    std::filesystem::path file = {};         // on this machine
    std::vector<std::string> asked_by = {};  // from the program down: "/app", "libcurl.so.4"
};

struct Copies {
    layers::Tree tree = {};
    std::vector<ClosureFile> files = {};  // each once, in the order of asking
};

// Who asked is remembered for what is new.
void copy_found(Copies& copies, const host::Root& root, const host::Found& found,
                const std::vector<std::string>& asked_by);

// A file that lies elsewhere in the image than in the root, without the links that led to it.
Result<Done, Error> copy_to(Copies& copies, const host::Root& root, const host::Found& found,
                            const std::string& place, const std::vector<std::string>& asked_by);

// A directory with all that is in it that others may read. What is neither file, link nor directory
// is left out.
Result<Done, Error> copy_folder(Copies& copies, const host::Root& root, const std::string& path,
                                const std::vector<std::string>& asked_by);

}  // namespace outis::images::programs
