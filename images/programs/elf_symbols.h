// The names that an ELF file imports from other files, or exports to them.
// Source: System V ABI, chapter 4, "Symbol Table". The table is found by the section headers, which
// a loader does not need: a file without them says nothing.
#pragma once

#include <string_view>
#include <vector>

#include "outis/base/bytes.h"
#include "programs/elf.h"

namespace outis::images::programs {

struct ElfSymbols {
    std::vector<std::string_view> imports = {};  // views into the file
    std::vector<std::string_view> exports = {};
};

// What points outside the file is left out.
ElfSymbols dynamic_symbols(Bytes file, const Elf& elf);

}  // namespace outis::images::programs
