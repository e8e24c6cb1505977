// A process as its loader puts it together: which libraries are looked for, in which order, and
// which are there already under another name. Who holds the files, a root on this machine or the
// layers of an image, is asked through Holder. Sources: ld.so(8); musl's ldso/dynlink.c.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "host/root.h"
#include "outis/error.h"
#include "programs/search.h"
#include "programs/search_path.h"

namespace outis::images::programs {

struct Process {
    std::shared_ptr<const SearchPath> path = {};
    std::vector<Object> objects = {};      // the program, its loader, then in the order of loading
    std::vector<CacheEntry> aliases = {};  // further names and places of objects
    std::vector<std::string> asked_folders = {};  // of libraries that the user named by their path
    std::vector<std::string> named = {};          // paths in the root of files that the user named
    std::set<std::string> names = {};             // by which a further asker means an object
    std::set<std::string> files = {};             // of objects
    // Names that are asked for, and places that are tried; long ones count several times.
    std::size_t steps_left = 10'000'000;
};

// What lies at a candidate's place, if a process of the program's machine can load it; else why it
// cannot, empty if nothing is there.
struct Tried {
    std::optional<Object> object = {};
    std::optional<host::Found> found = {};  // in the root; nothing for a file that lies elsewhere
    std::string why = {};
    std::size_t steps = 0;  // what it took
};

class Holder {
public:
    virtual ~Holder() = default;
    virtual Tried look(const Candidate& candidate, const Elf& program) = 0;
    // `tried` is about to be loaded for objects[asker].
    virtual Result<Done, Error> take(const Process& process, const Tried& tried,
                                     std::size_t asker) = 0;
    // Nobody has `name`; `met` is what was found instead. An error ends the search.
    virtual Result<Done, Error> miss(const Process& process, std::size_t asker,
                                     const std::string& name,
                                     const std::vector<std::string>& met) = 0;
};

// One more that is mapped, whoever asked for it.
void add_object(Process& process, Object object);

// Whether a library that goes by this name is loaded.
bool is_loaded(const Process& process, const std::string& name);

// Loads what was found. A file that is loaded already gets a further name.
Result<Done, Error> load(Process& process, Holder& holder, Tried tried, std::size_t asker,
                         const std::string& name);

// Tries every place; without success `met` says what lies there.
struct Attempt {
    bool loaded = false;
    std::vector<std::string> met = {};
};

Result<Attempt, Error> attempt(Process& process, Holder& holder, const std::string& name,
                               std::size_t asker);

// Loads what the objects from `first` on need, and what that needs. What takes more steps than are
// left, or more than 4096 objects, is an error.
Result<Done, Error> load_all(Process& process, Holder& holder, std::size_t first);

// From the program to objects[index], as they were asked for.
std::vector<std::string> chain_of(const std::vector<Object>& objects, std::size_t index);

}  // namespace outis::images::programs
