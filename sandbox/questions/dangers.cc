#include "sandbox/questions/dangers.h"

#include <array>

#include "sandbox/kernel/groups.h"

namespace outis::sandbox::questions {
namespace {

// Sources: the manual pages of the calls (sections NOTES and BUGS); Documentation/admin-guide/LSM,
// Documentation/userspace-api/seccomp_filter.rst and Documentation/admin-guide/sysctl/kernel.rst
// (unprivileged_bpf_disabled, perf_event_paranoid) of Linux 6.12; for what containers lose by
// default, Docker's table of significant blocked calls.
constexpr std::array kDangers = std::to_array<Danger>({
    {"@mount", "changes what paths mean, and so undoes read-only mounts and Landlock's rules"},
    {"@module", "puts code into the kernel"},
    {"@raw-io", "reaches the machine's devices past every driver"},
    {"@reboot", "stops the machine, or starts another kernel"},
    {"@swap", "takes memory or disk from the whole machine"},
    {"@keyring", "reaches keys that are kept outside of the container"},
    {"clock_settime", "sets the machine's clock, on which certificates and logs rely"},
    {"settimeofday", "sets the machine's clock, on which certificates and logs rely"},
    {"acct", "writes about every process of the machine to a file"},
    {"bpf", "runs code in the kernel; its verifier has been the way in more than once"},
    {"clone3", "makes namespaces past every rule on clone, because its flags lie in memory"},
    {"fanotify_init", "watches what others do with files"},
    {"io_uring_enter", "does input and output that no seccomp filter sees"},
    {"io_uring_register", "prepares input and output that no seccomp filter sees"},
    {"io_uring_setup", "prepares input and output that no seccomp filter sees"},
    {"lookup_dcookie", "reads names of files that others use"},
    {"modify_ldt", "reaches old code of the kernel for 16-bit programs"},
    {"move_pages", "shows where memory lies, which helps attacks on it"},
    {"open_by_handle_at", "opens files by number, past the container's root"},
    {"perf_event_open", "measures the kernel and other processes"},
    {"pidfd_getfd", "takes open files out of other processes"},
    {"process_vm_writev", "writes into the memory of other processes of the user"},
    {"ptrace", "takes over other processes of the user"},
    {"quotactl", "changes what others may store"},
    {"setns", "enters namespaces of others"},
    {"syslog", "reads the kernel's messages, with its addresses"},
    {"unshare", "makes namespaces, in which much code of the kernel becomes reachable"},
    {"userfaultfd", "stops the kernel in the middle of a copy, which helps to exploit its errors"},
    {"vm86", "reaches old code of the kernel for 16-bit programs"},
});

// Sources: mount(2), pivot_root(2), swapon(2), reboot(2), kexec_load(2), init_module(2),
// delete_module(2), acct(2), chroot(2), settimeofday(2), sethostname(2), vhangup(2);
// fs/namespace.c, fsopen(2) and fspick(2) with their EPERM.
constexpr std::array kNeeds = std::to_array<Need>({
    {"acct", "SYS_PACCT"},           {"chroot", "SYS_CHROOT"},
    {"clock_settime", "SYS_TIME"},   {"clock_settime64", "SYS_TIME"},
    {"delete_module", "SYS_MODULE"}, {"finit_module", "SYS_MODULE"},
    {"fsmount", "SYS_ADMIN"},        {"fsopen", "SYS_ADMIN"},
    {"fspick", "SYS_ADMIN"},         {"init_module", "SYS_MODULE"},
    {"kexec_file_load", "SYS_BOOT"}, {"kexec_load", "SYS_BOOT"},
    {"mount", "SYS_ADMIN"},          {"mount_setattr", "SYS_ADMIN"},
    {"move_mount", "SYS_ADMIN"},     {"pivot_root", "SYS_ADMIN"},
    {"reboot", "SYS_BOOT"},          {"setdomainname", "SYS_ADMIN"},
    {"sethostname", "SYS_ADMIN"},    {"settimeofday", "SYS_TIME"},
    {"swapoff", "SYS_ADMIN"},        {"swapon", "SYS_ADMIN"},
    {"umount2", "SYS_ADMIN"},        {"vhangup", "SYS_TTY_CONFIG"},
});

}  // namespace

std::span<const Danger> dangers() noexcept
{
    return kDangers;
}

std::vector<std::string_view> calls_of(const Danger& danger)
{
    if (danger.subject.starts_with('@'))
        return kernel::calls_of(danger.subject);
    return {danger.subject};
}

std::span<const Need> needs() noexcept
{
    return kNeeds;
}

}  // namespace outis::sandbox::questions
