#include "init/fault.h"

#include <array>
#include <cerrno>
#include <cstddef>

#include <linux/capability.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>

#include "init/kernel/packed_texts.h"
#include "init/kernel/sys.h"

namespace outis::init {

namespace {

struct Row {
    Step step;
    const char* doing;
    const char* remedy;
};

constexpr const char* kBeUser = "start the container with that user (runAsUser) instead of root";
constexpr const char* kAddSetpcap = "add SETPCAP, or start as the app's user (runAsUser)";
constexpr const char* kAddThem = "add them to the container";
constexpr const char* kVerified = "the kernel answers otherwise after it was set";

constexpr Row kRows[]{
    {Step::none, "start", ""},
    {Step::oom_score, "set the OOM score", "lowering it needs SYS_RESOURCE"},
    {Step::set_groups, "set the supplementary groups", kBeUser},
    {Step::set_gid, "change the group", kBeUser},
    {Step::drop_bounding, "drop the bounding set", kAddSetpcap},
    {Step::securebits, "lock the securebits", kAddSetpcap},
    {Step::set_uid, "change the user", kBeUser},
    {Step::read_capabilities, "read the capability sets", ""},
    {Step::set_capabilities, "set the capabilities that the policy keeps", kAddThem},
    {Step::raise_ambient, "raise the ambient capabilities that the policy keeps", kAddThem},
    {Step::no_new_privs, "set no_new_privs", ""},
    {Step::deny_write_execute, "deny writable and executable memory", ""},
    {Step::non_dumpable, "become non-dumpable", ""},
    {Step::cookie, "draw a random number", ""},
    {Step::spawn, "start a process", "raise the limit on processes"},
    {Step::session, "make a new session", ""},
    {Step::process_group, "make a process group", ""},
    {Step::workdir, "enter the working directory", ""},
    {Step::limits, "set a resource limit", "raising a hard limit needs SYS_RESOURCE"},
    {Step::close_descriptors, "mark inherited descriptors close-on-exec", ""},
    {Step::death_signal, "set the parent-death signal", ""},
    {Step::parent_gone, "go on: the parent has ended already", ""},
    {Step::verify_user, "confirm the user", kVerified},
    {Step::verify_group, "confirm the group", kVerified},
    {Step::verify_groups, "confirm the supplementary groups", kVerified},
    {Step::verify_bounding, "confirm the bounding set", kVerified},
    {Step::verify_capabilities, "confirm the capability sets", kVerified},
    {Step::verify_ambient, "confirm the ambient set", kVerified},
    {Step::verify_securebits, "confirm the securebits", kVerified},
    {Step::verify_no_new_privs, "confirm no_new_privs", kVerified},
    {Step::verify_deny_write_execute, "confirm that writable memory stays without execute",
     kVerified},
    {Step::landlock, "apply Landlock", "it needs no_new_privs, and at most 16 layers"},
    {Step::seccomp, "install the seccomp filter", "the kernel lacks it"},
    {Step::exec, "execute", ""},
};

consteval bool in_order()
{
    for (std::size_t i = 0; i < std::size(kRows); ++i) {
        if (static_cast<std::size_t>(kRows[i].step) != i)
            return false;
    }
    return true;
}

static_assert(in_order() && std::size(kRows) == static_cast<std::size_t>(Step::exec) + 1);

constexpr auto kTexts = pack_texts<kRows, &Row::doing, &Row::remedy>();

}  // namespace

StepText describe(Step step) noexcept
{
    const auto row = static_cast<std::size_t>(step);
    return {kTexts.at(row, 0), kTexts.at(row, 1)};
}

bool is_of_outer_filter(Fault fault) noexcept
{
    if ((fault.number != EPERM && fault.number != ENOSYS) ||
        sys::control(PR_GET_SECCOMP) != SECCOMP_MODE_FILTER)
        return false;
    // All that we ask for is older than the oldest kernel we run on, or not given up for.
    std::uint64_t needed = 0;
    switch (fault.number == ENOSYS ? Step::none : fault.step) {
    case Step::set_groups:
    case Step::set_gid: needed = CAP_TO_MASK(CAP_SETGID); break;
    case Step::set_uid: needed = CAP_TO_MASK(CAP_SETUID); break;
    case Step::drop_bounding:
    case Step::securebits: needed = CAP_TO_MASK(CAP_SETPCAP); break;
    case Step::set_capabilities:
    case Step::raise_ambient:
    case Step::limits:
    case Step::landlock: return false;
    default: break;
    }
    sys::CapabilitySets held;
    sys::get_capabilities(held);
    return (needed & ~held.effective) == 0;
}

int exit_code(Fault fault) noexcept
{
    if (fault.step != Step::exec)
        return kExitUnsupported;
    // As shells do: what is not there, and what is there but does not run.
    return fault.number == ENOENT || fault.number == ENOTDIR ? kExitNotFound : kExitNotExecutable;
}

}  // namespace outis::init
