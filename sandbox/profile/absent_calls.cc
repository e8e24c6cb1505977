#include "sandbox/profile/absent_calls.h"

#include <algorithm>
#include <set>
#include <string>

#include "sandbox/kernel/syscalls.h"

namespace outis::sandbox::profile {
namespace {

bool has(policy::Arch arch, std::span<const Abi> accepted, const kernel::Syscall& call)
{
    const auto reaches = [&](Abi abi) {
        return runs_on(abi, arch) && kernel::number_on(call, abi);
    };
    return reaches(native_abi(arch)) || std::ranges::any_of(accepted, reaches);
}

std::string abis_of(const kernel::Syscall& call)
{
    std::string names;
    for (const Abi abi : kAllAbis) {
        if (kernel::number_on(call, abi))
            names += (names.empty() ? "" : ", ") + std::string(abi_name(abi));
    }
    return names;
}

}  // namespace

void note_absent_calls(std::span<const language::Word> named, std::span<const Abi> accepted,
                       Complaints& complaints)
{
    std::set<std::string_view> seen;
    for (const language::Word& word : named) {
        if (!seen.insert(word.text).second)
            continue;
        const kernel::Syscall& call = *kernel::find_syscall(word.text);
        const bool on_amd64 = has(policy::Arch::x86_64, accepted, call);
        const bool on_arm64 = has(policy::Arch::aarch64, accepted, call);
        if (on_amd64 && on_arm64)
            continue;
        const std::string subject = "the system call '" + word.text + "' ";
        if (!on_amd64 && !on_arm64) {
            complaints.note(word.place, subject + "exists only on " + abis_of(call) +
                                            ", which this profile does not accept");
            continue;
        }
        const policy::Arch lacking = on_amd64 ? policy::Arch::aarch64 : policy::Arch::x86_64;
        complaints.note(word.place,
                        subject + "does not exist on " + std::string(arch_name(lacking)), lacking);
    }
}

}  // namespace outis::sandbox::profile
