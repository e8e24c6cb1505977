// same_filter OURS THEIRS ABI [CALL]: asks two seccomp programs about every call of ABI that
// libseccomp knows, CALL excepted, at every point at which one of them can change its answer, with
// zero upper halves. Prints where they differ; exit code 1 if they do, 2 wrong usage.
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <seccomp.h>

#include "outis/base/filter.h"
#include "outis/sandbox/explain.h"
#include "sandbox/kernel/syscalls.h"
#include "sandbox/sets/looks.h"

namespace outis::sandbox {
namespace {

std::vector<std::byte> program_of(const char* name)
{
    std::ifstream file(name, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    std::vector<std::byte> bytes;
    for (const char c : text)
        bytes.push_back(static_cast<std::byte>(c));
    return bytes;
}

// True if they differ; says so once a call.
bool differ(Bytes ours, Bytes theirs, Abi abi, const kernel::Syscall& call)
{
    const std::uint32_t number = *kernel::number_on(call, abi);
    const std::uint32_t arch = audit_arch(abi);
    const sets::Looks looks = sets::merged(sets::Reading(ours).looks_of(arch, number),
                                           sets::Reading(theirs).looks_of(arch, number));
    for (const auto& point : sets::points_of(looks, sets::UpperHalves::zero)) {
        const CallData data{.number = number, .arch = arch, .arguments = point};
        const std::uint32_t one = interpret(ours, data).verdict;
        const std::uint32_t other = interpret(theirs, data).verdict;
        if (one == other)
            continue;
        std::printf("%s: %s and %s at", std::string(call.name).c_str(), verdict_name(one).c_str(),
                    verdict_name(other).c_str());
        for (const std::uint64_t argument : point)
            std::printf(" 0x%llx", static_cast<unsigned long long>(argument));
        std::puts("");
        return true;
    }
    return false;
}

int compare(Bytes ours, Bytes theirs, Abi abi, std::string_view but)
{
    bool same = true;
    for (const kernel::Syscall& call : kernel::syscalls()) {
        const std::string name(call.name);
        const bool known = seccomp_syscall_resolve_name(name.c_str()) != __NR_SCMP_ERROR;
        if (kernel::number_on(call, abi) && known && name != but)
            same &= !differ(ours, theirs, abi, call);
    }
    return same ? 0 : 1;
}

}  // namespace
}  // namespace outis::sandbox

int main(int argc, char** argv)
{
    using namespace outis::sandbox;
    const auto abi = argc < 4 ? std::nullopt : parse_abi(argv[3]);
    if (!abi) {
        std::fputs("usage: same_filter OURS THEIRS ABI [CALL]\n", stderr);
        return 2;
    }
    const std::vector<std::byte> ours = program_of(argv[1]);
    const std::vector<std::byte> theirs = program_of(argv[2]);
    if (!outis::filter::well_formed(ours) || !outis::filter::well_formed(theirs)) {
        std::fputs("same_filter: no seccomp program\n", stderr);
        return 2;
    }
    return compare(ours, theirs, *abi, argc > 4 ? argv[4] : "");
}
