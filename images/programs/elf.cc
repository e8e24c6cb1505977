#include "programs/elf.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>
#include <utility>

#include <elf.h>

#include "host/input.h"
#include "outis/sandbox/suggest.h"

namespace outis::images::programs {

namespace {

constexpr std::size_t kMaxProgramHeaders = 512;
constexpr std::size_t kMaxDynamicEntries = 4096;
constexpr std::size_t kMaxTextLength = 65536;  // of a name or a list of folders

// Where the fields of the two classes lie; the header up to e_version is common to both.
struct ProgramLayout {
    std::size_t word;  // bytes of an address, an offset, or a dynamic entry's half
    std::size_t header, entry, table_offset, entry_size, entry_count;
    std::size_t program_header, segment_flags, segment_offset, segment_address, segment_size;
};

constexpr ProgramLayout kPrograms32{.word = 4,
                                    .header = sizeof(Elf32_Ehdr),
                                    .entry = offsetof(Elf32_Ehdr, e_entry),
                                    .table_offset = offsetof(Elf32_Ehdr, e_phoff),
                                    .entry_size = offsetof(Elf32_Ehdr, e_phentsize),
                                    .entry_count = offsetof(Elf32_Ehdr, e_phnum),
                                    .program_header = sizeof(Elf32_Phdr),
                                    .segment_flags = offsetof(Elf32_Phdr, p_flags),
                                    .segment_offset = offsetof(Elf32_Phdr, p_offset),
                                    .segment_address = offsetof(Elf32_Phdr, p_vaddr),
                                    .segment_size = offsetof(Elf32_Phdr, p_filesz)};
constexpr ProgramLayout kPrograms64{.word = 8,
                                    .header = sizeof(Elf64_Ehdr),
                                    .entry = offsetof(Elf64_Ehdr, e_entry),
                                    .table_offset = offsetof(Elf64_Ehdr, e_phoff),
                                    .entry_size = offsetof(Elf64_Ehdr, e_phentsize),
                                    .entry_count = offsetof(Elf64_Ehdr, e_phnum),
                                    .program_header = sizeof(Elf64_Phdr),
                                    .segment_flags = offsetof(Elf64_Phdr, p_flags),
                                    .segment_offset = offsetof(Elf64_Phdr, p_offset),
                                    .segment_address = offsetof(Elf64_Phdr, p_vaddr),
                                    .segment_size = offsetof(Elf64_Phdr, p_filesz)};

std::uint64_t load_word(Bytes bytes, std::size_t at, const ProgramLayout& layout) noexcept
{
    return layout.word == 8 ? load_le64(bytes, at) : load_le32(bytes, at);
}

struct Segment {
    std::uint32_t type = 0;
    std::uint32_t flags = 0;
    std::uint64_t offset = 0;
    std::uint64_t address = 0;
    std::uint64_t size = 0;  // in the file
};

struct FirstBytes {
    std::string_view magic;
    std::string_view what;
};

// Files that people hand to a builder by mistake.
constexpr std::array kForeign{
    FirstBytes{"#!", "a script"},
    FirstBytes{"!<arch>", "a static library"},
    FirstBytes{"MZ", "a Windows program"},
    FirstBytes{"\xCF\xFA\xED\xFE", "a macOS program"},
    FirstBytes{"\xCA\xFE\xBA\xBE", "a macOS universal program or a Java class"},
    FirstBytes{"PK\x03\x04", "a zip archive"},
    FirstBytes{"\x1F\x8B", "a gzip file"},
};

std::string what_it_is(Bytes file)
{
    const std::string_view text = host::as_text(file);
    for (const FirstBytes& row : kForeign) {
        if (text.starts_with(row.magic))
            return " but " + std::string(row.what);
    }
    return file.empty() ? " but empty" : "";
}

std::optional<std::string> text_at(Bytes file, std::uint64_t offset, std::uint64_t limit)
{
    if (offset >= file.size() || limit > file.size() - offset)
        return std::nullopt;
    const Bytes region =
        file.subspan(static_cast<std::size_t>(offset),
                     static_cast<std::size_t>(std::min<std::uint64_t>(limit, kMaxTextLength)));
    const std::string_view text = host::as_text(region);
    const std::size_t end = text.find('\0');
    if (end == std::string_view::npos)
        return std::nullopt;
    return std::string(text.substr(0, end));
}

std::optional<std::uint64_t> offset_of_address(const std::vector<Segment>& segments,
                                               std::uint64_t address)
{
    for (const Segment& segment : segments) {
        if (segment.type == PT_LOAD && address >= segment.address &&
            address - segment.address < segment.size)
            return segment.offset + (address - segment.address);
    }
    return std::nullopt;
}

// What the dynamic segment says; texts are offsets into the string table.
struct DynamicRows {
    std::vector<std::uint64_t> needed = {};
    std::optional<std::uint64_t> soname = {};
    std::optional<std::uint64_t> rpath = {};
    std::optional<std::uint64_t> runpath = {};
    std::uint64_t flags = 0;    // DT_FLAGS_1
    std::uint64_t strings = 0;  // an address; 0: none
    std::uint64_t strings_size = 0;
};

std::optional<DynamicRows> read_rows(Bytes table, const ProgramLayout& layout)
{
    DynamicRows rows;
    const std::size_t row = 2 * layout.word;
    for (std::size_t at = 0; at + row <= table.size(); at += row) {
        if (at / row >= kMaxDynamicEntries)
            return std::nullopt;
        const std::uint64_t value = load_word(table, at + layout.word, layout);
        switch (load_word(table, at, layout)) {
        case DT_NULL: return rows;
        case DT_NEEDED: rows.needed.push_back(value); break;
        case DT_SONAME: rows.soname = value; break;
        case DT_RPATH: rows.rpath = value; break;
        case DT_RUNPATH: rows.runpath = value; break;
        case DT_FLAGS_1: rows.flags = value; break;
        case DT_STRTAB: rows.strings = value; break;
        case DT_STRSZ: rows.strings_size = value; break;
        default: break;
        }
    }
    return rows;
}

// Fills in what `dynamic` says; false if that is malformed.
bool take_dynamic(Elf& elf, Bytes file, const Segment& dynamic,
                  const std::vector<Segment>& segments, const ProgramLayout& layout)
{
    const auto rows = read_rows(file.subspan(static_cast<std::size_t>(dynamic.offset),
                                             static_cast<std::size_t>(dynamic.size)),
                                layout);
    if (!rows)
        return false;
    elf.no_default_folders = (rows->flags & DF_1_NODEFLIB) != 0;
    elf.position_independent_program = (rows->flags & DF_1_PIE) != 0;
    const std::optional<std::uint64_t> strings = offset_of_address(segments, rows->strings);
    const auto text_of = [&](std::uint64_t name) -> std::optional<std::string> {
        if (!strings || name >= rows->strings_size || name >= file.size())
            return std::nullopt;
        return text_at(file, *strings + name, rows->strings_size - name);
    };
    for (const std::uint64_t name : rows->needed) {
        const auto text = text_of(name);
        if (!text)
            return false;
        elf.needed.push_back(*text);
    }

    struct Field {
        std::optional<std::uint64_t> offset;
        std::string Elf::*field;
    };

    for (const Field& field : {Field{rows->soname, &Elf::soname}, Field{rows->rpath, &Elf::rpath},
                               Field{rows->runpath, &Elf::runpath}}) {
        if (!field.offset)
            continue;
        const auto text = text_of(*field.offset);
        if (!text)
            return false;
        elf.*field.field = *text;
    }
    return true;
}

}  // namespace

Result<Elf, Error> read_elf(Bytes file, const std::string& name)
{
    const std::string quoted = "'" + name + "'";
    if (!host::as_text(file).starts_with(ELFMAG))
        return bad_input(quoted + " is not an ELF file" + what_it_is(file));
    const auto truncated = [&] { return bad_input(quoted + " is a truncated ELF file"); };
    const auto malformed = [&](const char* what) {
        return bad_input(quoted + " is a malformed ELF file: " + what);
    };
    if (file.size() < EI_NIDENT)
        return truncated();
    const std::uint8_t file_class = load_8(file, EI_CLASS);
    if (file_class != ELFCLASS32 && file_class != ELFCLASS64)
        return malformed("its class is neither 32 nor 64 bits");
    if (load_8(file, EI_DATA) != ELFDATA2LSB)
        return bad_input(quoted + " is a big-endian ELF file; images are made for amd64 and arm64");
    const ProgramLayout& layout = file_class == ELFCLASS32 ? kPrograms32 : kPrograms64;
    if (file.size() < layout.header)
        return truncated();

    Elf elf;
    elf.bits = file_class == ELFCLASS32 ? 32 : 64;
    elf.type = load_le16(file, offsetof(Elf64_Ehdr, e_type));
    elf.machine = load_le16(file, offsetof(Elf64_Ehdr, e_machine));
    elf.entry = load_word(file, layout.entry, layout);
    const std::uint64_t table = load_word(file, layout.table_offset, layout);
    const std::size_t count = load_le16(file, layout.entry_count);
    if (count == 0)
        return elf;  // an object file
    if (count > kMaxProgramHeaders || load_le16(file, layout.entry_size) != layout.program_header)
        return malformed("its program header table has an impossible size");
    if (table > file.size() || file.size() - table < count * layout.program_header)
        return truncated();

    std::vector<Segment> segments;
    for (std::size_t i = 0; i < count; ++i) {
        const Bytes row = file.subspan(static_cast<std::size_t>(table) + i * layout.program_header,
                                       layout.program_header);
        const Segment segment{.type = load_le32(row, 0),
                              .flags = load_le32(row, layout.segment_flags),
                              .offset = load_word(row, layout.segment_offset, layout),
                              .address = load_word(row, layout.segment_address, layout),
                              .size = load_word(row, layout.segment_size, layout)};
        const bool used =
            segment.type == PT_LOAD || segment.type == PT_INTERP || segment.type == PT_DYNAMIC;
        if (used && (segment.offset > file.size() || segment.size > file.size() - segment.offset))
            return truncated();
        segments.push_back(segment);
    }
    for (const Segment& segment : segments) {
        if (segment.type == PT_INTERP) {
            const auto text = text_at(file, segment.offset, segment.size);
            if (!text || text->empty())
                return malformed("its interpreter has no name");
            elf.interpreter = *text;
        } else if (segment.type == PT_DYNAMIC) {
            if (!take_dynamic(elf, file, segment, segments, layout))
                return malformed("its dynamic section points outside the file");
        } else if (segment.type == PT_LOAD && (segment.flags & PF_W) != 0 && elf.data_size == 0) {
            elf.data_offset = segment.offset;
            elf.data_size = segment.size;
        }
    }
    return elf;
}

std::string machine_name(const Elf& elf)
{
    struct Row {
        std::uint16_t machine;
        std::string_view name;
    };

    static constexpr std::array kRows{
        Row{EM_X86_64, "x86-64"},   Row{EM_AARCH64, "AArch64"}, Row{EM_386, "i386"},
        Row{EM_ARM, "ARM"},         Row{EM_RISCV, "RISC-V"},    Row{EM_S390, "s390"},
        Row{EM_PPC64, "PowerPC64"}, Row{EM_PPC, "PowerPC"},     Row{EM_MIPS, "MIPS"},
    };
    const auto* row = std::ranges::find(kRows, elf.machine, &Row::machine);
    const std::string name =
        row != kRows.end() ? std::string(row->name) : "machine " + std::to_string(elf.machine);
    return name + " (" + std::to_string(elf.bits) + "-bit)";
}

std::optional<policy::Arch> image_arch(const Elf& elf)
{
    if (elf.bits == 64 && elf.machine == EM_X86_64)
        return policy::Arch::x86_64;
    if (elf.bits == 64 && elf.machine == EM_AARCH64)
        return policy::Arch::aarch64;
    return std::nullopt;
}

std::string script_interpreter(Bytes file)
{
    constexpr std::size_t kLongestLine = 256;  // BINPRM_BUF_SIZE of <linux/binfmts.h>
    std::string_view text = host::as_text(file).substr(0, kLongestLine);
    if (!text.starts_with("#!"))
        return {};
    text = text.substr(2, text.find('\n') - 2);
    const std::size_t first = text.find_first_not_of(" \t");
    const std::size_t last = text.find_last_not_of(" \t\r");
    return first == std::string_view::npos ? "" : std::string(text.substr(first, last + 1 - first));
}

Result<Done, Error> require_elf_program(const Elf& elf, const std::string& name)
{
    const std::string quoted = "'" + name + "'";
    if (elf.type != ET_EXEC && elf.type != ET_DYN)
        return bad_input(quoted + " is an ELF file but not a program; link it first");
    if (!elf.interpreter.empty())
        return Done{};
    if (elf.entry == 0)
        return bad_input(quoted + " is a shared library; name a program");
    if (!elf.needed.empty())
        return bad_input(quoted + " needs the libraries " + sandbox::quoted_list(elf.needed) +
                         " but names no loader; link it statically");
    return Done{};
}

Result<Done, Error> require_static_program(const Elf& elf, const std::string& name)
{
    OUTIS_TRY(require_elf_program(elf, name));
    if (elf.interpreter.empty())
        return Done{};
    const std::string libraries =
        elf.needed.empty() ? "" : " and the libraries " + sandbox::quoted_list(elf.needed);
    return bad_input("'" + name + "' is dynamically linked: it needs the loader '" +
                     elf.interpreter + "'" + libraries +
                     "; link it statically (Go: CGO_ENABLED=0; C: -static)");
}

}  // namespace outis::images::programs
