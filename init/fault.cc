#include "init/fault.h"

#include <cerrno>

namespace outis::init {

StepText describe(Step step) noexcept
{
    constexpr const char* kBeUser =
        "start the container with that user (runAsUser) instead of root";
    constexpr const char* kVerified = "the kernel answers otherwise after it was set";
    switch (step) {
    case Step::none: return {"start", nullptr};
    case Step::oom_score: return {"set the OOM score", "lowering it needs SYS_RESOURCE"};
    case Step::stdio: return {"hand over stdio", nullptr};
    case Step::read_groups: return {"read the supplementary groups", nullptr};
    case Step::set_groups: return {"set the supplementary groups", kBeUser};
    case Step::set_gid: return {"change the group", kBeUser};
    case Step::read_bounding: return {"read the bounding set", nullptr};
    case Step::drop_bounding:
        return {"drop the bounding set", "add SETPCAP, or start as the app's user (runAsUser)"};
    case Step::securebits:
        return {"lock the securebits", "add SETPCAP, or start as the app's user (runAsUser)"};
    case Step::set_uid: return {"change the user", kBeUser};
    case Step::read_capabilities: return {"read the capability sets", nullptr};
    case Step::set_capabilities:
        return {"set the capabilities that the policy keeps", "add them to the container"};
    case Step::raise_ambient:
        return {"raise the ambient capabilities that the policy keeps",
                "add them to the container"};
    case Step::no_new_privs: return {"set no_new_privs", nullptr};
    case Step::deny_write_execute: return {"deny writable and executable memory", nullptr};
    case Step::non_dumpable: return {"become non-dumpable", nullptr};
    case Step::cookie: return {"draw a random number", "allow getrandom in the outer filter"};
    case Step::spawn: return {"start a process", "raise the limit on processes"};
    case Step::session: return {"make a new session", nullptr};
    case Step::process_group: return {"make a process group", nullptr};
    case Step::workdir: return {"enter the working directory", nullptr};
    case Step::limits: return {"set a resource limit", "raising a hard limit needs SYS_RESOURCE"};
    case Step::close_descriptors: return {"mark inherited descriptors close-on-exec", nullptr};
    case Step::dispositions: return {"restore signal dispositions", nullptr};
    case Step::death_signal: return {"set the parent-death signal", nullptr};
    case Step::parent_gone: return {"go on: the parent has ended already", nullptr};
    case Step::verify_user: return {"confirm the user", kVerified};
    case Step::verify_group: return {"confirm the group", kVerified};
    case Step::verify_groups: return {"confirm the supplementary groups", kVerified};
    case Step::verify_bounding: return {"confirm the bounding set", kVerified};
    case Step::verify_capabilities: return {"confirm the capability sets", kVerified};
    case Step::verify_ambient: return {"confirm the ambient set", kVerified};
    case Step::verify_securebits: return {"confirm the securebits", kVerified};
    case Step::verify_no_new_privs: return {"confirm no_new_privs", kVerified};
    case Step::verify_deny_write_execute:
        return {"confirm that writable memory stays without execute", kVerified};
    case Step::landlock: return {"apply Landlock", "it needs no_new_privs, and at most 16 layers"};
    case Step::mask: return {"restore the signal mask", nullptr};
    case Step::seccomp:
        return {"install the seccomp filter",
                "the kernel lacks it, or the engine's own filter refuses seccomp(2)"};
    case Step::exec: return {"execute", nullptr};
    }
    return {"start", nullptr};
}

int exit_code(Fault fault) noexcept
{
    if (fault.step != Step::exec)
        return kExitUnsupported;
    // As shells do: what is not there, and what is there but does not run.
    return fault.number == ENOENT || fault.number == ENOTDIR ? kExitNotFound : kExitNotExecutable;
}

}  // namespace outis::init
