// In which order a loader tries the places where a library may lie. Sources: ld.so(8); musl's
// ldso/dynlink.c for what its manual leaves open.
//
// A program may lie elsewhere in the image than where it was found: the host's /home/me/build/hello
// becomes /app. What its $ORIGIN means is then two folders, where to look and where the image has
// it.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "programs/elf.h"
#include "programs/search_path.h"

namespace outis::images::programs {

// A file that the loader has mapped.
struct Object {
    std::string look = {};            // the path in the root under which it was found
    std::string place = {};           // the path in the image, for the loader
    std::filesystem::path file = {};  // its bytes, on this machine
    Elf elf = {};
    std::size_t asker = 0;   // the index of who asked for it first; a program's is its own
    std::string name = {};   // as which it was asked for
    unsigned evidence = 0;   // see run_time.h
    bool is_module = false;  // no program needs it: one may load it at run time
    bool of_system = false;  // it lies in a library folder of the root: what it says is believed
};

struct Candidate {
    std::string look = {};
    std::string place = {};

    bool operator==(const Candidate&) const = default;
};

struct Candidates {
    std::vector<Candidate> places = {};
    std::size_t steps = 0;  // what it took to find them, those that were left out among them
};

// What a text costs that is looked at once, in steps.
constexpr std::size_t steps_of(std::size_t bytes)
{
    return 1 + bytes / 64;
}

// Where the loader looks for `name` when objects[asker] needs it, the first place first, as many as
// 4096 steps lead to. Folders that are no absolute paths depend on where a program is started and
// are left out, places longer than PATH_MAX too.
Candidates candidates(const SearchPath& path, std::span<const Object> objects, std::size_t asker,
                      const std::string& name);

}  // namespace outis::images::programs
