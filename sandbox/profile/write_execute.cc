#include <array>

#include "sandbox/language/condition.h"
#include "sandbox/profile/calls.h"

namespace outis::sandbox {
namespace {

Rule refuse_when(std::string_view call, std::string_view condition)
{
    return Rule{.action = {},
                .when = parse_condition(condition, call).take(),
                .origin = {.text = std::string(condition)}};
}

}  // namespace

void deny_write_execute(SeccompState& state)
{
    struct Denied {
        std::string_view call;
        std::string_view when;
    };

    // Memory is never writable and executable at once, nor becomes executable later. A memfd can be
    // filled and then mapped executable, unless it was made with MFD_NOEXEC_SEAL (Linux 6.3).
    constexpr std::array denied = std::to_array<Denied>({
        {"mmap", "prot & PROT_WRITE|PROT_EXEC == PROT_WRITE|PROT_EXEC"},
        {"mmap2", "prot & PROT_WRITE|PROT_EXEC == PROT_WRITE|PROT_EXEC"},
        {"mprotect", "prot & PROT_EXEC != 0"},
        {"pkey_mprotect", "prot & PROT_EXEC != 0"},
        {"shmat", "shmflg & SHM_EXEC != 0"},
        {"memfd_create", "flags & MFD_NOEXEC_SEAL == 0"},
    });
    for (const Denied& row : denied)
        state.calls[std::string(row.call)].refusals.push_back(refuse_when(row.call, row.when));
}

}  // namespace outis::sandbox
