// The libraries of an image's programs, looked for in it as their loaders will: by the rules of
// programs/loading.h, with what the image's own ld.so.cache or musl's path file says.
// Sources: ld.so(8); musl's ldso/dynlink.c.
#pragma once

#include <compare>
#include <cstddef>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "programs/loading.h"
#include "view/flattened.h"

namespace outis::images::view {

struct MissingLibrary {
    std::string asker = {};  // its path in the image
    std::string name = {};

    auto operator<=>(const MissingLibrary&) const = default;
};

// Programs for other machines than linux/amd64 and linux/arm64 are not asked.
class LibrarySearch {
public:
    // `files` must outlive it. `library_path` is what LD_LIBRARY_PATH is in the container.
    LibrarySearch(const Flattened& files, const std::string& library_path);

    // What the loader of the program at `path` would not find, for it or for its libraries; nothing
    // for a static program.
    std::set<MissingLibrary> missing_of_program(const std::string& path);

    // A library that no program names goes by this name in the image.
    void add_module_name(std::string name) { module_names_.insert(std::move(name)); }

    // The same of a file that no program names, after all programs have been asked: a module that
    // one of them may open at run time. What a program has loaded is there for its modules too, and
    // what it may have loaded before: a library of the image that is called so.
    std::set<MissingLibrary> missing_of_module(const std::string& path);

    // Paths of all that loaders have taken so far, the loaders themselves among them.
    [[nodiscard]] const std::set<std::string>& loaded() const { return loaded_; }

    // Whether the image asks for more than can be looked for, which is then left.
    [[nodiscard]] bool gave_up() const { return gave_up_; }

private:
    // What the programs of one loader have in common.
    struct Loader {
        std::shared_ptr<const programs::SearchPath> path = {};
        std::set<std::string> names = {};  // of what one of them has loaded
    };

    Loader& loader_of(const std::string& interpreter, policy::Arch arch);
    std::shared_ptr<const programs::LdCache> cache_of(policy::Arch arch);
    std::set<MissingLibrary> ask(const std::string& path, const std::string& interpreter,
                                 bool is_module);

    const Flattened& files_;
    std::string variable_;                   // LD_LIBRARY_PATH
    std::map<std::string, Loader> loaders_;  // by the interpreter's name
    std::map<policy::Arch, std::shared_ptr<const programs::LdCache>> caches_;
    std::set<std::string> loaded_;  // paths of libraries
    std::set<std::string> module_names_;
    std::size_t steps_left_ = programs::Process{}.steps_left;
    bool gave_up_ = false;
};

}  // namespace outis::images::view
