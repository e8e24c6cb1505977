#include "programs/elf_symbols.h"

#include <cstddef>
#include <cstdint>
#include <optional>

#include <elf.h>

#include "host/input.h"
#include "programs/elf_sections.h"

namespace outis::images::programs {

namespace {

constexpr std::size_t kMaxSymbols = 1U << 20;

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
    const std::size_t size = elf.bits == 32 ? sizeof(Elf32_Sym) : sizeof(Elf64_Sym);
    const std::size_t section_at =
        elf.bits == 32 ? offsetof(Elf32_Sym, st_shndx) : offsetof(Elf64_Sym, st_shndx);
    ElfSymbols symbols;
    const std::vector<ElfSection> sections = sections_of(file, elf);
    for (std::size_t i = 0; i < sections.size(); ++i) {
        if (sections[i].type != SHT_DYNSYM)
            continue;
        const auto entries = section_bytes(file, sections, i);
        const auto strings = section_bytes(file, sections, sections[i].link);
        if (!entries || !strings)
            break;
        for (std::size_t at = 0; at + size <= entries->size() && at / size < kMaxSymbols;
             at += size) {
            const auto name = name_at(*strings, load_le32(*entries, at));
            if (!name)
                continue;
            const bool defined = load_le16(*entries, at + section_at) != SHN_UNDEF;
            (defined ? symbols.exports : symbols.imports).push_back(*name);
        }
        break;  // there is one
    }
    return symbols;
}

}  // namespace outis::images::programs
