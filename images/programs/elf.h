// What a bake needs to know of an ELF file, read without trusting one offset in it.
// Sources: System V ABI, chapters 4 and 5; <elf.h>.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "outis/base/bytes.h"
#include "outis/base/policy_layout.h"
#include "outis/error.h"

namespace outis::images::programs {

struct Elf {
    std::uint16_t machine = 0;  // EM_*
    std::uint8_t bits = 64;     // 32 or 64
    std::uint16_t type = 0;     // ET_*
    std::uint64_t entry = 0;
    std::uint64_t data_offset = 0;  // in the file, of the first segment that is written to
    std::uint64_t data_size = 0;
    std::string interpreter = {};               // PT_INTERP, empty for a static file
    std::vector<std::string> needed = {};       // DT_NEEDED, in the file's order
    std::string soname = {};                    // DT_SONAME
    std::string rpath = {};                     // DT_RPATH, folders with colons
    std::string runpath = {};                   // DT_RUNPATH, likewise
    bool no_default_folders = false;            // DF_1_NODEFLIB
    bool position_independent_program = false;  // DF_1_PIE
};

// `name` is for messages. Anything but a complete little-endian ELF file is an error that says
// what the file is instead, where that can be told.
Result<Elf, Error> read_elf(Bytes file, const std::string& name);

// "x86-64 (64-bit)", for people.
std::string machine_name(const Elf& elf);

// The architecture that a container image can be made for, if it is one of ours.
std::optional<policy::Arch> image_arch(const Elf& elf);

// The interpreter's line of a script, "/usr/bin/env python3" for "#!/usr/bin/env python3\n"; empty
// for anything else.
std::string script_interpreter(Bytes file);

// A program: static, or one that names its loader. Else an error saying why it is none.
Result<Done, Error> require_elf_program(const Elf& elf, const std::string& name);

// A program that starts without loader or libraries, or an error saying why it is none.
Result<Done, Error> require_static_program(const Elf& elf, const std::string& name);

}  // namespace outis::images::programs
