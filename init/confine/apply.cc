#include "init/confine/apply.h"

#include <cerrno>

#include <fcntl.h>
#include <linux/securebits.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "init/kernel/text.h"
#include "outis/base/fd.h"

namespace outis::init {
namespace {

constexpr int kFirstProcess = 1;

Outcome fault_if(long answer, Step step) noexcept
{
    if (answer < 0)
        return Failure{Fault{.step = step, .number = static_cast<int>(-answer)}};
    return Done{};
}

Outcome set_oom_score(const policy::View& policy) noexcept
{
    if (!policy.process || !policy.process->has(policy::kOomGiven))
        return Done{};
    const long fd = sys::open("/proc/self/oom_score_adj", O_WRONLY);
    OUTIS_TRY(fault_if(fd, Step::oom_score));
    const Fd file(static_cast<int>(fd));
    const Digits score(policy.process->oom);
    return fault_if(sys::write(file.get(), std::as_bytes(std::span(score.text()))),
                    Step::oom_score);
}

// So that an app can open /dev/stdout again: what belongs to the user we leave goes to the new one.
// A pipe was made for this container; a terminal may be somebody's, unless we are PID 1. Sockets
// cannot be opened, and files are not ours to give.
void hand_over_stdio(const Identity& identity, Applied& applied) noexcept
{
    const bool first = sys::getpid() == kFirstProcess;
    for (int fd = 0; fd <= 2; ++fd) {
        struct stat status {};

        if (sys::stat(fd, status) < 0 || status.st_uid != identity.left)
            continue;
        const bool ours =
            S_ISFIFO(status.st_mode) || (first && S_ISCHR(status.st_mode) && sys::is_terminal(fd));
        if (ours && sys::change_owner(fd, identity.uid, status.st_gid) == 0)
            continue;
        // What all may write, such as /dev/null, can be opened by all.
        if (fd != 0 && (status.st_mode & S_IWOTH) == 0)
            applied.output_stays = true;
    }
}

// A bounding set and securebits that can no longer be changed promise nothing to lose where the app
// is no root, holds nothing and can gain nothing by exec.
bool harmless_without(const policy::View& policy, const Identity& identity) noexcept
{
    return identity.uid != 0 && policy.capabilities->permitted == 0 &&
           policy.capabilities->inheritable == 0 && policy.process &&
           policy.process->has(policy::kNoNewPrivs);
}

Outcome drop_bounding_set(const policy::Capabilities& wanted, bool harmless,
                          Applied& applied) noexcept
{
    for (int number = 0; number < kCapabilityBits; ++number) {
        const auto capability = static_cast<std::uintptr_t>(number);
        const long held = sys::control(PR_CAPBSET_READ, capability);
        if (held < 0)
            break;  // past the newest capability of this kernel
        if (held == 0 || (wanted.bounding >> number & 1) != 0)
            continue;
        const long answer = sys::control(PR_CAPBSET_DROP, capability);
        if (answer == -EPERM && harmless) {
            applied.bounding_kept = true;
            return Done{};
        }
        OUTIS_TRY(fault_if(answer, Step::drop_bounding));
    }
    return Done{};
}

Outcome lock_securebits(const policy::Capabilities& wanted, bool harmless, bool keep,
                        Applied& applied) noexcept
{
    if (sys::control(PR_GET_SECUREBITS) == static_cast<long>(wanted.securebits))
        return Done{};
    const long answer = sys::control(PR_SET_SECUREBITS, wanted.securebits);
    if (answer != -EPERM || !harmless)
        return fault_if(answer, Step::securebits);
    applied.securebits_kept = true;
    // Without NO_SETUID_FIXUP the change of uid would take what PID 1 is to keep.
    return keep ? fault_if(sys::control(PR_SET_KEEPCAPS, 1), Step::securebits) : Outcome(Done{});
}

Outcome become(const Identity& identity) noexcept
{
    if (!identity.set_ids)
        return Done{};
    return fault_if(sys::set_user(identity.uid), Step::set_uid);
}

Outcome set_capabilities(const policy::Capabilities& wanted, std::uint64_t kept) noexcept
{
    const sys::CapabilitySets target{
        .effective = wanted.effective | kept,
        .permitted = wanted.permitted | kept,
        .inheritable = wanted.inheritable,
    };
    sys::CapabilitySets held;
    OUTIS_TRY(fault_if(sys::get_capabilities(held), Step::read_capabilities));
    if (held == target)
        return Done{};
    return fault_if(sys::set_capabilities(target), Step::set_capabilities);
}

Outcome raise_ambient_set(const policy::Capabilities& wanted) noexcept
{
    OUTIS_TRY(
        fault_if(sys::control(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL), Step::raise_ambient));
    for (int number = 0; number < kCapabilityBits; ++number) {
        if ((wanted.ambient >> number & 1) == 0)
            continue;
        OUTIS_TRY(fault_if(
            sys::control(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, static_cast<std::uintptr_t>(number)),
            Step::raise_ambient));
    }
    return Done{};
}

Outcome set_groups_and_group(const Identity& identity) noexcept
{
    if (identity.set_groups)
        OUTIS_TRY(fault_if(sys::set_groups(identity.group_list()), Step::set_groups));
    if (identity.set_ids)
        OUTIS_TRY(fault_if(sys::set_group(identity.gid), Step::set_gid));
    return Done{};
}

Outcome protect_process(const policy::View& policy, Applied& applied) noexcept
{
    if (!policy.process)
        return Done{};
    if (policy.process->has(policy::kNoNewPrivs))
        OUTIS_TRY(fault_if(sys::control(PR_SET_NO_NEW_PRIVS, 1), Step::no_new_privs));
    if (policy.process->has(policy::kDenyWriteExecute)) {
        const long answer = sys::control(kSetMemoryDenyWriteExecute, kRefuseExecGain);
        if (answer == -EINVAL)
            applied.no_memory_protection = true;
        else
            OUTIS_TRY(fault_if(answer, Step::deny_write_execute));
    }
    // Until the app's own execve nobody of its uid may look into this process.
    return fault_if(sys::control(PR_SET_DUMPABLE, 0), Step::non_dumpable);
}

}  // namespace

std::uint64_t kept_by_init(const Plan& plan, const policy::View& policy) noexcept
{
    std::uint64_t kept = plan.halt ? kCapabilitySysBoot : 0;
    if (!policy.capabilities || (policy.capabilities->permitted & kCapabilitySetuid) != 0)
        kept |= kCapabilityKill;
    return kept;
}

Result<Applied, Fault> apply_privileges(const Plan& plan, const policy::View& policy,
                                        const Identity& identity) noexcept
{
    Applied applied;
    OUTIS_TRY(set_oom_score(policy));
    if (identity.change)
        hand_over_stdio(identity, applied);
    OUTIS_TRY(set_groups_and_group(identity));
    if (policy.capabilities) {
        const bool harmless = harmless_without(policy, identity);
        const bool keep = (policy.capabilities->permitted | kept_by_init(plan, policy)) != 0;
        OUTIS_TRY(drop_bounding_set(*policy.capabilities, harmless, applied));
        OUTIS_TRY(lock_securebits(*policy.capabilities, harmless, keep, applied));
    }
    OUTIS_TRY(become(identity));
    if (policy.capabilities) {
        OUTIS_TRY(set_capabilities(*policy.capabilities, kept_by_init(plan, policy)));
        OUTIS_TRY(raise_ambient_set(*policy.capabilities));
    }
    OUTIS_TRY(protect_process(policy, applied));
    return applied;
}

}  // namespace outis::init
