#include "init/plan/program.h"

#include <cerrno>
#include <cstddef>
#include <span>

#include <elf.h>
#include <fcntl.h>

#include "init/kernel/sys.h"
#include "init/kernel/text.h"
#include "outis/base/bytes.h"

namespace outis::init {
namespace {

std::string_view script_interpreter(std::string_view line) noexcept
{
    line.remove_prefix(2);
    while (!line.empty() && (line[0] == ' ' || line[0] == '\t'))
        line.remove_prefix(1);
    std::size_t length = 0;
    while (length < line.size() && line[length] != ' ' && line[length] != '\t' &&
           line[length] != '\n' && line[length] != '\r')
        ++length;
    return {line.data(), length};
}

// The text of PT_INTERP, and what PT_GNU_STACK says, where they lie in the bytes at hand (they
// follow the program headers). The kernel gives a 32-bit program without PT_GNU_STACK an executable
// stack (arch/x86/include/asm/elf.h).
template <typename Header, typename Row>
void read_segments(std::string_view text, FileNature& nature) noexcept
{
    const Bytes bytes = std::as_bytes(std::span(text.data(), text.size()));
    const auto word = [](Bytes from, std::size_t offset) noexcept -> std::uint64_t {
        return sizeof(Row::p_offset) == 8 ? load_le64(from, offset) : load_le32(from, offset);
    };
    const std::uint64_t table = word(bytes, offsetof(Header, e_phoff));
    const std::size_t count = load_le16(bytes, offsetof(Header, e_phnum));
    bool executable = sizeof(Row::p_offset) != 8;
    for (std::size_t i = 0; i < count; ++i) {
        if (table > bytes.size() || bytes.size() - table < (i + 1) * sizeof(Row))
            return;
        const Bytes row = bytes.subspan(table + i * sizeof(Row), sizeof(Row));
        const std::uint32_t type = load_le32(row, offsetof(Row, p_type));
        if (type == PT_GNU_STACK)
            executable = (load_le32(row, offsetof(Row, p_flags)) & PF_X) != 0;
        if (type != PT_INTERP)
            continue;
        const std::uint64_t offset = word(row, offsetof(Row, p_offset));
        const std::uint64_t size = word(row, offsetof(Row, p_filesz));
        if (offset > bytes.size() || size > bytes.size() - offset || size == 0)
            continue;
        nature.interpreter = {text.data() + offset, static_cast<std::size_t>(size - 1)};
    }
    nature.executable_stack = executable;
}

}  // namespace

FileNature nature_of(std::string_view bytes) noexcept
{
    FileNature nature;
    if (bytes.starts_with("#!")) {
        nature.kind = FileNature::Kind::script;
        nature.interpreter = script_interpreter(bytes);
    } else if (bytes.size() >= sizeof(Elf64_Ehdr) && bytes.starts_with(ELFMAG)) {
        const Bytes header = std::as_bytes(std::span(bytes.data(), bytes.size()));
        nature.kind = FileNature::Kind::elf;
        nature.wide = bytes[EI_CLASS] == ELFCLASS64;
        nature.machine = load_le16(header, offsetof(Elf64_Ehdr, e_machine));
        nature.executable_stack = true;  // until its headers say otherwise
        if (nature.wide)
            read_segments<Elf64_Ehdr, Elf64_Phdr>(bytes, nature);
        else
            read_segments<Elf32_Ehdr, Elf32_Phdr>(bytes, nature);
    }
    return nature;
}

const char* ProgramHead::keep_interpreter() noexcept
{
    std::size_t length = 0;
    for (const char c : nature.interpreter) {
        if (length + 1 < path.size())
            path[length++] = c;
    }
    path[length] = 0;
    return path.data();
}

Fd open_program(const char* name, const char* search, int flags) noexcept
{
    Fd file;
    for_each_candidate(name, search, [&](const char* path) noexcept {
        const long fd = sys::open(path, flags);
        if (fd >= 0)
            file = Fd(static_cast<int>(fd));
        return fd >= 0;
    });
    return file;
}

bool program_exists(const char* name, const char* search) noexcept
{
    return for_each_candidate(name, search, sys::file_exists);
}

bool read_program(const char* name, const char* search, ProgramHead& head) noexcept
{
    const Fd file = open_program(name, search, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    if (!file.open())
        return false;
    const long got = sys::read(file.get(), std::as_writable_bytes(std::span(head.bytes)));
    head.nature = nature_of({head.bytes.data(), got > 0 ? static_cast<std::size_t>(got) : 0});
    if (got == -EISDIR)
        head.nature.kind = FileNature::Kind::folder;
    return true;
}

bool has_executable_stack(const char* name, const char* search) noexcept
{
    ProgramHead head;
    for (int depth = 0; depth < kDeepestInterpreter; ++depth) {
        if (!read_program(name, search, head))
            return false;
        if (head.nature.kind != FileNature::Kind::script)
            return head.nature.executable_stack;
        name = head.keep_interpreter();
        search = nullptr;
    }
    return false;
}

}  // namespace outis::init
