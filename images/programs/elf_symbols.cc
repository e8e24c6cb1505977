#include "programs/elf_symbols.h"

#include <cstddef>
#include <cstdint>
#include <optional>

#include <elf.h>

#include "host/input.h"

namespace outis::images::programs {

namespace {

constexpr std::size_t kMaxSections = 65535;
constexpr std::size_t kMaxSymbols = 1U << 20;

// Where the fields of the two classes lie; the four bytes of sh_type and st_name are common.
struct SectionLayout {
    std::size_t word;
    std::size_t header, table_offset, entry_size, entry_count;
    std::size_t section, section_offset, section_size, section_link;
    std::size_t symbol, symbol_section;
};

constexpr SectionLayout kSections32{.word = 4,
                                    .header = sizeof(Elf32_Ehdr),
                                    .table_offset = offsetof(Elf32_Ehdr, e_shoff),
                                    .entry_size = offsetof(Elf32_Ehdr, e_shentsize),
                                    .entry_count = offsetof(Elf32_Ehdr, e_shnum),
                                    .section = sizeof(Elf32_Shdr),
                                    .section_offset = offsetof(Elf32_Shdr, sh_offset),
                                    .section_size = offsetof(Elf32_Shdr, sh_size),
                                    .section_link = offsetof(Elf32_Shdr, sh_link),
                                    .symbol = sizeof(Elf32_Sym),
                                    .symbol_section = offsetof(Elf32_Sym, st_shndx)};
constexpr SectionLayout kSections64{.word = 8,
                                    .header = sizeof(Elf64_Ehdr),
                                    .table_offset = offsetof(Elf64_Ehdr, e_shoff),
                                    .entry_size = offsetof(Elf64_Ehdr, e_shentsize),
                                    .entry_count = offsetof(Elf64_Ehdr, e_shnum),
                                    .section = sizeof(Elf64_Shdr),
                                    .section_offset = offsetof(Elf64_Shdr, sh_offset),
                                    .section_size = offsetof(Elf64_Shdr, sh_size),
                                    .section_link = offsetof(Elf64_Shdr, sh_link),
                                    .symbol = sizeof(Elf64_Sym),
                                    .symbol_section = offsetof(Elf64_Sym, st_shndx)};

std::uint64_t load_word(Bytes bytes, std::size_t at, const SectionLayout& layout) noexcept
{
    return layout.word == 8 ? load_le64(bytes, at) : load_le32(bytes, at);
}

std::optional<Bytes> part_of(Bytes file, std::uint64_t offset, std::uint64_t size)
{
    if (offset > file.size() || size > file.size() - offset)
        return std::nullopt;
    return file.subspan(static_cast<std::size_t>(offset), static_cast<std::size_t>(size));
}

// The bytes of section `index` of the table.
std::optional<Bytes> section_bytes(Bytes file, Bytes table, std::size_t index,
                                   const SectionLayout& layout)
{
    if (index >= table.size() / layout.section)
        return std::nullopt;
    const Bytes row = table.subspan(index * layout.section, layout.section);
    return part_of(file, load_word(row, layout.section_offset, layout),
                   load_word(row, layout.section_size, layout));
}

std::optional<std::string_view> name_at(Bytes strings, std::uint64_t offset)
{
    if (offset >= strings.size())
        return std::nullopt;
    const std::string_view rest = host::as_text(strings.subspan(static_cast<std::size_t>(offset)));
    const std::size_t end = rest.find('\0');
    if (end == std::string_view::npos || end == 0)
        return std::nullopt;
    return rest.substr(0, end);
}

}  // namespace

ElfSymbols dynamic_symbols(Bytes file, const Elf& elf)
{
    const SectionLayout& layout = elf.bits == 32 ? kSections32 : kSections64;
    ElfSymbols symbols;
    if (file.size() < layout.header)
        return symbols;
    const std::size_t count = load_le16(file, layout.entry_count);
    if (count > kMaxSections || load_le16(file, layout.entry_size) != layout.section)
        return symbols;
    const auto table =
        part_of(file, load_word(file, layout.table_offset, layout), count * layout.section);
    if (!table)
        return symbols;
    for (std::size_t i = 0; i < count; ++i) {
        const Bytes row = table->subspan(i * layout.section, layout.section);
        if (load_le32(row, offsetof(Elf64_Shdr, sh_type)) != SHT_DYNSYM)
            continue;
        const auto entries = section_bytes(file, *table, i, layout);
        const auto strings =
            section_bytes(file, *table, load_le32(row, layout.section_link), layout);
        if (!entries || !strings)
            break;
        for (std::size_t at = 0;
             at + layout.symbol <= entries->size() && at / layout.symbol < kMaxSymbols;
             at += layout.symbol) {
            const auto name = name_at(*strings, load_le32(*entries, at));
            if (!name)
                continue;
            const bool defined = load_le16(*entries, at + layout.symbol_section) != SHN_UNDEF;
            (defined ? symbols.exports : symbols.imports).push_back(*name);
        }
        break;  // there is one
    }
    return symbols;
}

}  // namespace outis::images::programs
