// One program of a root as its loader would start it: what it loads is copied, with the links that
// lead there.
#pragma once

#include <cstddef>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "host/root.h"
#include "layers/tree.h"
#include "outis/error.h"
#include "programs/copies.h"
#include "programs/elf.h"
#include "programs/loading.h"
#include "programs/trusted.h"

namespace outis::images::programs {

struct ClosureProgram {
    std::string place = {};           // in the image
    std::filesystem::path file = {};  // its bytes, on this machine
};

// What modules need that their loader would not find when it started them by themselves.
struct Modules {
    std::set<std::string> packed = {};            // names of libraries that lie in the image
    std::vector<std::string> missing = {};        // what nothing in the image is, a clause each
    std::vector<std::string> missing_names = {};  // the libraries alone, each once
};

// What the files of one image are looked for in, and where what was found goes.
struct Surroundings {
    const host::Root& root;
    const layers::Tree& given;  // what the user puts into the image: found before the root's
    Copies& copies;
    const SystemFolders& system;
    Modules& modules;
};

// The program and its loader; nothing else yet. `elf` has an interpreter. `provided` are names of
// libraries that nobody looks for, for the host brings them.
Result<Process, Error> start_process(const Surroundings& around, const ClosureProgram& program,
                                     const Elf& elf, const std::vector<std::string>& provided);

// Loads what the objects from `first` on need, and what that needs. What cannot be found is an
// error that names the chain of those who asked, and what was found instead; what only a module
// needs goes to around.modules, unless something that lies in the image is called so, which a
// program has loaded before.
Result<Done, Error> load_needed(Process& process, const Surroundings& around, std::size_t first);

// Loads a library by its name, or by a path in the root, as objects[asker] would with dlopen(3),
// and what it needs. Answers false if there is none. What it needs is a module's.
Result<bool, Error> load_by_name(Process& process, const Surroundings& around,
                                 const std::string& name, std::size_t asker);

// Loads a file that the user put into the image, as the program would.
Result<Done, Error> load_given(Process& process, const Surroundings& around,
                               const ClosureProgram& library, const Elf& elf);

// What the image's ld.so.cache must list: libraries in folders that ldconfig looks through.
std::vector<CacheEntry> cache_entries(const Process& process);

}  // namespace outis::images::programs
