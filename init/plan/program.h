// The program to be run, as a file: where PATH leads, and what its first bytes say it needs.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "init/kernel/text.h"
#include "outis/base/fd.h"

namespace outis::init {

struct FileNature {
    enum class Kind : std::uint8_t { unknown, script, elf, folder } kind = Kind::unknown;
    std::string_view interpreter = {};  // of a script, or PT_INTERP; points into the bytes
    int machine = 0;                    // e_machine
    bool wide = true;                   // ELFCLASS64
    bool executable_stack = false;      // asked for, or not to be told from the first bytes
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
// itself if it has a slash, else in each folder of PATH.
template <typename Visit>
bool for_each_candidate(const char* name, const char* search, Visit visit) noexcept
{
    if (split(name, '/').found)
        return visit(name);
    std::string_view rest = search == nullptr ? "/bin:/usr/bin" : search;
    for (;;) {
        const Split next = split(rest, ':');
        char path[4096];  // PATH_MAX, limits.h
        const std::string_view parts[]{next.before.empty() ? "." : next.before, "/", name};
        std::size_t length = 0;
        for (const std::string_view part : parts) {
            for (const char c : part) {
                if (length < sizeof path)
                    path[length++] = c;
            }
        }
        if (length < sizeof path) {
            path[length] = 0;
            if (visit(path))
                return true;
        }
        if (!next.found)
            return false;
        rest = next.after;
    }
}

// The first file that `name` can mean and that opens with `flags`.
Fd open_program(const char* name, const char* search, int flags) noexcept;

bool program_exists(const char* name, const char* search) noexcept;

constexpr int kDeepestInterpreter = 5;  // exec(2): an interpreter may be a script four times

// Of the program that the kernel would start; false if it cannot be read.
bool has_executable_stack(const char* name, const char* search) noexcept;

// False if there is no such file to read.
bool read_program(const char* name, const char* search, ProgramHead& head) noexcept;

}  // namespace outis::init
