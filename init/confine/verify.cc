#include "init/confine/verify.h"

#include <algorithm>

#include <sys/prctl.h>

#include "init/kernel/sys.h"

namespace outis::init {
namespace {

Outcome check(bool holds, Step step) noexcept
{
    if (!holds)
        return Failure{Fault{.step = step, .number = 0}};
    return Done{};
}

bool groups_are(std::span<const std::uint32_t> wanted) noexcept
{
    std::array<std::uint32_t, kMostGroups> held{};
    const long count = sys::groups(held);
    if (count != static_cast<long>(wanted.size()))
        return false;
    const auto list = std::span(held).first(wanted.size());
    for (const std::uint32_t group : wanted) {
        if (std::find(list.begin(), list.end(), group) == list.end())
            return false;
    }
    return true;
}

Outcome verify_identity(const Identity& identity) noexcept
{
    if (!identity.promised)
        return Done{};
    OUTIS_TRY(check(sys::user_ids().all(identity.uid), Step::verify_user));
    OUTIS_TRY(check(sys::group_ids().all(identity.gid), Step::verify_group));
    if (identity.set_groups)
        return check(groups_are(identity.group_list()), Step::verify_groups);
    return Done{};
}

bool bounding_within(std::uint64_t wanted) noexcept
{
    for (int number = 0; number < kCapabilityBits; ++number) {
        const long held = sys::control(PR_CAPBSET_READ, static_cast<std::uintptr_t>(number));
        if (held < 0)
            break;
        if (held == 1 && (wanted >> number & 1) == 0)
            return false;
    }
    return true;
}

bool ambient_is(std::uint64_t wanted) noexcept
{
    for (int number = 0; number < kCapabilityBits; ++number) {
        const long held = sys::control(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET,
                                       static_cast<std::uintptr_t>(number));
        if (held < 0)
            break;
        if ((held == 1) != ((wanted >> number & 1) != 0))
            return false;
    }
    return true;
}

Outcome verify_capabilities(const policy::Capabilities& wanted, const Applied& applied) noexcept
{
    sys::CapabilitySets held;
    const bool read = sys::get_capabilities(held) >= 0;
    OUTIS_TRY(check(read && held.effective == wanted.effective &&
                        held.permitted == wanted.permitted &&
                        held.inheritable == wanted.inheritable,
                    Step::verify_capabilities));
    if (!applied.bounding_kept)
        OUTIS_TRY(check(bounding_within(wanted.bounding), Step::verify_bounding));
    // The kernel keeps ambient within permitted and inheritable, so empty ones leave nothing to
    // ask.
    if ((held.permitted & held.inheritable) != 0)
        OUTIS_TRY(check(ambient_is(wanted.ambient), Step::verify_ambient));
    if (!applied.securebits_kept) {
        const long bits = sys::control(PR_GET_SECUREBITS);
        OUTIS_TRY(check(bits == static_cast<long>(wanted.securebits), Step::verify_securebits));
    }
    return Done{};
}

}  // namespace

Outcome verify(const policy::View& policy, const Identity& identity,
               const Applied& applied) noexcept
{
    OUTIS_TRY(verify_identity(identity));
    if (policy.capabilities)
        OUTIS_TRY(verify_capabilities(*policy.capabilities, applied));
    if (policy.process && policy.process->has(policy::kNoNewPrivs))
        OUTIS_TRY(check(sys::control(PR_GET_NO_NEW_PRIVS) == 1, Step::verify_no_new_privs));
    if (policy.process && policy.process->has(policy::kDenyWriteExecute) &&
        !applied.no_memory_protection) {
        OUTIS_TRY(check(
            (sys::control(kGetMemoryDenyWriteExecute) & static_cast<long>(kRefuseExecGain)) != 0,
            Step::verify_deny_write_execute));
    }
    return Done{};
}

}  // namespace outis::init
