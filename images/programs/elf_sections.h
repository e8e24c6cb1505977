// The sections of an ELF file.
// Source: System V ABI, chapter 4, "Sections". A loader does not need their headers: a file without
// them, or with a damaged table, says nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "outis/base/bytes.h"
#include "programs/elf.h"

namespace outis::images::programs {

struct ElfSection {
    std::uint32_t name = 0;    // where it stands in the table of names
    std::uint32_t type = 0;    // SHT_*
    std::uint32_t link = 0;    // the index of another section
    std::uint64_t offset = 0;  // in the file, unchecked
    std::uint64_t size = 0;
};

std::vector<ElfSection> sections_of(Bytes file, const Elf& elf);

// Nothing if `index` is of no section, or that one has no bytes in the file.
std::optional<Bytes> section_bytes(Bytes file, const std::vector<ElfSection>& sections,
                                   std::size_t index);

// Of the first one that is called so.
std::optional<Bytes> section_named(Bytes file, const Elf& elf, std::string_view name);

}  // namespace outis::images::programs
