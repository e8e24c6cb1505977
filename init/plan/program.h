// The program to be run, as a file: where PATH leads, and what its first bytes say it needs.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "init/kernel/text.h"
#include "outis/base/fd.h"

namespace outis::init {

struct FileNature {
    enum class Kind : std::uint8_t { unknown, script, elf } kind = Kind::unknown;
    std::string_view interpreter = {};  // of a script, or PT_INTERP; points into the bytes
    int machine = 0;                    // e_machine
    bool wide = true;                   // ELFCLASS64
};

FileNature nature_of(std::string_view bytes) noexcept;

struct ProgramHead {
    FileNature nature;
    std::array<char, 2048> bytes;  // the first of the file; `nature` points into them
    std::array<char, 256> path;

    // A NUL-terminated copy of the interpreter's path, which outlives the next read.
    const char* keep_interpreter() noexcept;
};

// Calls `visit` with each path that `name` can mean, in execvp(3)'s order, until it answers true:
// itself if it has a slash or there is no `search`, else in each folder of PATH.
template <typename Visit>
bool for_each_candidate(std::string_view name, const char* search, Visit visit) noexcept
{
    char path[4096];
    const auto visit_in = [&](std::string_view folder) noexcept {
        if (folder.size() + name.size() + 2 > sizeof path)
            return false;
        char* end = path;
        for (const char c : folder)
            *end++ = c;
        if (!folder.empty())
            *end++ = '/';
        for (const char c : name)
            *end++ = c;
        *end = 0;
        return static_cast<bool>(visit(path));
    };
    if (split(name, '/').found || search == nullptr)
        return visit_in({});
    std::string_view rest = search;
    for (;;) {
        const Split next = split(rest, ':');
        if (visit_in(next.before.empty() ? std::string_view(".") : next.before))
            return true;
        if (!next.found)
            return false;
        rest = next.after;
    }
}

// The first file that `name` can mean and that opens with `flags`.
Fd open_program(std::string_view name, const char* search, int flags) noexcept;

bool program_exists(std::string_view name, const char* search) noexcept;

// False if there is no such file to read.
bool read_program(std::string_view name, const char* search, ProgramHead& head) noexcept;

}  // namespace outis::init
