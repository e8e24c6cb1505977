// Everything that the dynamic programs of an image need and nobody named: loaders, libraries, what
// they load at run time, and the list by which they find it. What was found keeps its path, with
// the symbolic links that led there, so that the loader finds in the image what it finds in the
// root.
#pragma once

#include <string>
#include <vector>

#include "host/root.h"
#include "layers/tree.h"
#include "outis/base/policy_layout.h"
#include "outis/error.h"
#include "programs/copies.h"
#include "programs/process.h"

namespace outis::images::programs {

struct ClosureRequest {
    policy::Arch arch = policy::Arch::x86_64;
    std::vector<ClosureProgram> programs = {};  // static ones need nothing
    layers::Tree given = {};                  // the user's files, programs and libraries among them
    std::vector<std::string> libraries = {};  // names or paths, as dlopen(3) takes them
    std::vector<std::string> provided = {};   // names of libraries that the host brings
    std::string locale = {};                  // "C.UTF-8", or empty
    std::vector<std::string> opened = {};     // paths in the root that a trace saw opened
    std::vector<std::string> packaged = {};   // paths in the root of files and folders of packages
    std::string nsswitch = {};                // the image's nsswitch.conf
};

// A packed file of the root that loads more at run time, by dlopen(3).
struct Opener {
    std::string place = {};    // in the image
    std::string in_root = {};  // empty if the user gave it
    bool is_program = false;
};

struct Closure {
    layers::Tree tree = {};               // empty if every program is static
    std::vector<ClosureFile> files = {};  // of the root, each with who asked for it
    std::vector<Opener> openers = {};
    std::vector<std::string> notes = {};  // what the user should know, a clause each
};

Result<Closure, Error> find_closure(const host::Root& root, const ClosureRequest& request);

}  // namespace outis::images::programs
