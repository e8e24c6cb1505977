#include "outis/sandbox/explain.h"
#include "sandbox/proof/meaning.h"

namespace outis::sandbox {
namespace {

bool depends_on_arguments(const Profile& profile, const proof::Meaning::Known& known)
{
    const std::string_view name = known.call->name;
    if (profile.exec_once && (name == "execve" || name == "execveat"))
        return name == "execve";
    const bool always = kernel::is_indispensable(name) && !profile.seccomp->as_runc;
    if (always || known.listed == nullptr)
        return false;
    return has_rules(*known.listed);
}

}  // namespace

std::vector<CallAnswer> answers_of(const Profile& profile, policy::Arch arch)
{
    std::vector<CallAnswer> answers;
    if (!profile.seccomp)
        return answers;
    const proof::Meaning meaning(profile, arch);
    const std::uint32_t audit = audit_arch(native_abi(arch));
    for (const kernel::Syscall& call : kernel::syscalls()) {
        const std::optional<std::uint32_t> number = kernel::number_on(call, native_abi(arch));
        if (!number)
            continue;
        CallAnswer answer{.name = call.name, .number = *number, .verdict = std::nullopt};
        if (!depends_on_arguments(profile, *meaning.find(audit, *number)))
            answer.verdict =
                meaning.judge(CallData{.number = *number, .arch = audit, .arguments = {}});
        answers.push_back(answer);
    }
    return answers;
}

}  // namespace outis::sandbox
