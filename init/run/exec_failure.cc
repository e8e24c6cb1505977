#include "init/run/exec_failure.h"

#include <array>
#include <cerrno>

#include <elf.h>

#include "init/kernel/sys.h"
#include "init/kernel/text.h"
#include "init/plan/program.h"

namespace outis::init {
namespace {

struct MachineName {
    int machine;
    std::string_view name;
};

// e_machine, elf.h.
constexpr MachineName kMachines[]{
    {EM_X86_64, "amd64"}, {EM_386, "386"},       {EM_AARCH64, "arm64"}, {EM_ARM, "arm"},
    {243, "riscv64"},     {EM_PPC64, "ppc64le"}, {EM_S390, "s390x"},
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

void explain_missing(ProgramHead& head, Line& line) noexcept
{
    const FileNature& nature = head.nature;
    line.add("it needs ").add(nature.interpreter);
    if (sys::file_exists(head.keep_interpreter())) {
        line.add(
            ", which is there: does that one lack its own interpreter or loader, or does the "
            "first line end with a carriage return?");
        return;
    }
    line.add(", which the image lacks: ");
    if (nature.kind == FileNature::Kind::script)
        line.add("add that interpreter, or start the program it runs");
    else
        line.add("link it statically or bake it with its libraries");
}

void explain_access(const char* path, const char* search, bool walled, const FileNature& nature,
                    Line& line) noexcept
{
    if (nature.kind == FileNature::Kind::folder) {
        line.add("it is a folder");
    } else if (!for_each_candidate(path, search, sys::may_execute)) {
        line.add_error(EACCES).add(
            "; this user may not execute it: see its x-bits, and whether its mount is noexec");
    } else if (walled) {
        line.add("Landlock refuses it: name it in the profile's execute");
        if (!nature.interpreter.empty())
            line.add(", and ").add(nature.interpreter).add(", which it needs");
    } else {
        line.add_error(EACCES);
    }
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

int settle_exec_error(const char* path, const char* search, int error) noexcept
{
    if (error != EACCES || split(path, '/').found)
        return error;
    return program_exists(path, search) ? EACCES : ENOENT;
}

void explain_exec_failure(const char* path, const char* search, int error, bool walled,
                          Line& line) noexcept
{
    ProgramHead head;
    const bool there = read_program(path, search, head);
    const FileNature& nature = head.nature;
    // Where a peer's way ends with a shell that is not there, the file is what it is.
    const bool silent = error == ENOENT && there;
    if (silent && !nature.interpreter.empty())
        explain_missing(head, line);
    else if (error == EACCES)
        explain_access(path, search, walled, nature, line);
    else if (silent || error == ENOEXEC)
        explain_format(nature, line);
    else if (error == ENOENT && !split(path, '/').found)
        line.add("not found in PATH");
    else
        line.add_error(error);
    // capabilities(7): a file whose effective bit is set asks for all its capabilities or none.
    if (error == EPERM)
        line.add("; the profile must keep what capabilities the file carries (getcap)");
}

}  // namespace outis::init
