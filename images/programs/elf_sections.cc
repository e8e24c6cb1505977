#include "programs/elf_sections.h"

#include <cstddef>

#include <elf.h>

#include "host/input.h"

namespace outis::images::programs {

namespace {

// Where the fields of the two classes lie; sh_name and sh_type are common.
struct SectionLayout {
    std::size_t word;
    std::size_t header, table_offset, entry_size, entry_count, names;
    std::size_t section, section_offset, section_size, section_link;
};

constexpr SectionLayout kSections32{.word = 4,
                                    .header = sizeof(Elf32_Ehdr),
                                    .table_offset = offsetof(Elf32_Ehdr, e_shoff),
                                    .entry_size = offsetof(Elf32_Ehdr, e_shentsize),
                                    .entry_count = offsetof(Elf32_Ehdr, e_shnum),
                                    .names = offsetof(Elf32_Ehdr, e_shstrndx),
                                    .section = sizeof(Elf32_Shdr),
                                    .section_offset = offsetof(Elf32_Shdr, sh_offset),
                                    .section_size = offsetof(Elf32_Shdr, sh_size),
                                    .section_link = offsetof(Elf32_Shdr, sh_link)};
constexpr SectionLayout kSections64{.word = 8,
                                    .header = sizeof(Elf64_Ehdr),
                                    .table_offset = offsetof(Elf64_Ehdr, e_shoff),
                                    .entry_size = offsetof(Elf64_Ehdr, e_shentsize),
                                    .entry_count = offsetof(Elf64_Ehdr, e_shnum),
                                    .names = offsetof(Elf64_Ehdr, e_shstrndx),
                                    .section = sizeof(Elf64_Shdr),
                                    .section_offset = offsetof(Elf64_Shdr, sh_offset),
                                    .section_size = offsetof(Elf64_Shdr, sh_size),
                                    .section_link = offsetof(Elf64_Shdr, sh_link)};

const SectionLayout& section_layout(const Elf& elf)
{
    return elf.bits == 32 ? kSections32 : kSections64;
}

std::uint64_t load_word(Bytes bytes, std::size_t at, const SectionLayout& layout) noexcept
{
    return layout.word == 8 ? load_le64(bytes, at) : load_le32(bytes, at);
}

}  // namespace

std::vector<ElfSection> sections_of(Bytes file, const Elf& elf)
{
    const SectionLayout& layout = section_layout(elf);
    std::vector<ElfSection> sections;
    if (file.size() < layout.header || load_le16(file, layout.entry_size) != layout.section)
        return sections;
    const std::size_t count = load_le16(file, layout.entry_count);
    const std::uint64_t table = load_word(file, layout.table_offset, layout);
    if (table > file.size() || count * layout.section > file.size() - table)
        return sections;
    sections.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
        const Bytes row =
            file.subspan(static_cast<std::size_t>(table) + i * layout.section, layout.section);
        sections.push_back({.name = load_le32(row, offsetof(Elf64_Shdr, sh_name)),
                            .type = load_le32(row, offsetof(Elf64_Shdr, sh_type)),
                            .link = load_le32(row, layout.section_link),
                            .offset = load_word(row, layout.section_offset, layout),
                            .size = load_word(row, layout.section_size, layout)});
    }
    return sections;
}

std::optional<Bytes> section_bytes(Bytes file, const std::vector<ElfSection>& sections,
                                   std::size_t index)
{
    if (index >= sections.size() || sections[index].type == SHT_NOBITS)
        return std::nullopt;
    const auto& [name, type, link, offset, size] = sections[index];
    if (offset > file.size() || size > file.size() - offset)
        return std::nullopt;
    return file.subspan(static_cast<std::size_t>(offset), static_cast<std::size_t>(size));
}

std::optional<Bytes> section_named(Bytes file, const Elf& elf, std::string_view name)
{
    const std::vector<ElfSection> sections = sections_of(file, elf);
    if (sections.empty())
        return std::nullopt;
    const auto names = section_bytes(file, sections, load_le16(file, section_layout(elf).names));
    const std::string_view texts = names ? host::as_text(*names) : std::string_view();
    for (std::size_t i = 0; i < sections.size(); ++i) {
        if (sections[i].name >= texts.size())
            continue;
        const std::string_view text = texts.substr(sections[i].name, name.size() + 1);
        if (text.size() == name.size() + 1 && text.starts_with(name) && text.back() == '\0')
            return section_bytes(file, sections, i);
    }
    return std::nullopt;
}

}  // namespace outis::images::programs
