#include "init/run/exec_failure.h"

#include <array>
#include <cerrno>
#include <cstddef>
#include <optional>
#include <span>

#include <elf.h>
#include <fcntl.h>

#include "init/kernel/sys.h"
#include "init/kernel/text.h"
#include "outis/base/bytes.h"
#include "outis/base/fd.h"

namespace outis::init {
namespace {

struct MachineName {
    int machine;
    std::string_view name;
};

// e_machine, elf.h.
constexpr std::array kMachines{
    MachineName{EM_X86_64, "amd64"}, MachineName{EM_386, "386"},  MachineName{EM_AARCH64, "arm64"},
    MachineName{EM_ARM, "arm"},      MachineName{243, "riscv64"}, MachineName{EM_PPC64, "ppc64le"},
    MachineName{EM_S390, "s390x"},
};

#if defined(__x86_64__)
constexpr int kOwnMachine = EM_X86_64;
#else
constexpr int kOwnMachine = EM_AARCH64;
#endif

std::string_view machine_name(int machine) noexcept
{
    for (const MachineName& row : kMachines) {
        if (row.machine == machine)
            return row.name;
    }
    return "an unknown architecture";
}

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

// The text of PT_INTERP, where it lies in the bytes at hand (it follows the program headers).
std::string_view elf_interpreter(std::string_view text) noexcept
{
    const Bytes bytes = std::as_bytes(std::span(text.data(), text.size()));
    const std::uint64_t table = load_le64(bytes, offsetof(Elf64_Ehdr, e_phoff));
    const std::size_t count = load_le16(bytes, offsetof(Elf64_Ehdr, e_phnum));
    for (std::size_t i = 0; i < count; ++i) {
        if (table > bytes.size() || bytes.size() - table < (i + 1) * sizeof(Elf64_Phdr))
            return {};
        const Bytes row = bytes.subspan(table + i * sizeof(Elf64_Phdr), sizeof(Elf64_Phdr));
        if (load_le32(row, offsetof(Elf64_Phdr, p_type)) != PT_INTERP)
            continue;
        const std::uint64_t offset = load_le64(row, offsetof(Elf64_Phdr, p_offset));
        const std::uint64_t size = load_le64(row, offsetof(Elf64_Phdr, p_filesz));
        if (offset > bytes.size() || size > bytes.size() - offset || size == 0)
            return {};
        return {text.data() + offset, static_cast<std::size_t>(size - 1)};
    }
    return {};
}

// Calls `visit` with each path that execve tried, until it answers true.
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

// The first candidate that can be read, for a look into it.
Fd open_program(std::string_view name, const char* search) noexcept
{
    Fd file;
    for_each_candidate(name, search, [&](const char* path) noexcept {
        const long fd = sys::open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
        if (fd >= 0)
            file = Fd(static_cast<int>(fd));
        return fd >= 0;
    });
    return file;
}

void explain_missing(const FileNature& nature, Line& line) noexcept
{
    line.add("it needs ").add(nature.interpreter).add(", which the image lacks: ");
    if (nature.kind == FileNature::Kind::script)
        line.add("add that interpreter, or start the program it runs");
    else
        line.add("link it statically or bake it with its libraries");
}

void explain_format(const FileNature& nature, Line& line) noexcept
{
    if (nature.kind == FileNature::Kind::elf && nature.machine != kOwnMachine) {
        line.add("it is for ").add(machine_name(nature.machine)).add(", this machine is ");
        line.add(machine_name(kOwnMachine)).add(": build it for this platform");
    } else if (nature.kind == FileNature::Kind::elf) {
        line.add("it is a damaged or unsupported ELF file");
    } else {
        line.add("it is neither an ELF file nor a script that starts with #!");
    }
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
        if (nature.wide)
            nature.interpreter = elf_interpreter(bytes);
    }
    return nature;
}

int settle_exec_error(const char* path, const char* search, int error) noexcept
{
    if (error != EACCES || split(path, '/').found)
        return error;
    const bool there = for_each_candidate(path, search, sys::file_exists);
    return there ? EACCES : ENOENT;
}

void explain_exec_failure(const char* path, const char* search, int error, Line& line) noexcept
{
    char head[2048];
    const Fd file = open_program(path, search);
    const long got =
        file.open() ? sys::read(file.get(), std::as_writable_bytes(std::span(head))) : 0;
    const FileNature nature = nature_of({head, got > 0 ? static_cast<std::size_t>(got) : 0});
    if (error == ENOENT && file.open() && !nature.interpreter.empty())
        explain_missing(nature, line);
    else if (error == ENOEXEC)
        explain_format(nature, line);
    else if (error == ENOENT && !split(path, '/').found)
        line.add("not found in PATH");
    else
        line.add_error(error);
}

}  // namespace outis::init
