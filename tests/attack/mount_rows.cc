// Mounts and namespaces.
#include <csignal>

#include <fcntl.h>
#include <linux/mount.h>
#include <linux/sched.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "attack.h"

namespace outis::attack {
namespace {

constexpr unsigned kDetach = 2;  // MNT_DETACH
constexpr int kHere = AT_FDCWD;

// A child that exists only to be in another namespace.
int clone_with(unsigned long flags)
{
    const long child = syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0);
    if (child == 0)
        _exit(0);
    return child == -1 ? errno : exit_code_of(static_cast<int>(child));
}

int clone3_user()
{
    clone_args arguments{};
    arguments.flags = CLONE_NEWUSER;
    arguments.exit_signal = SIGCHLD;
    const long child = syscall(SYS_clone3, &arguments, sizeof arguments);
    if (child == 0)
        _exit(0);
    return child == -1 ? errno : exit_code_of(static_cast<int>(child));
}

int enter_own_namespace()
{
    const int space = open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC);
    return space < 0 ? kBroken : call(SYS_setns, space, CLONE_NEWUTS);
}

int enter_by_process()
{
    const long process = syscall(SYS_pidfd_open, 1, 0);
    return process < 0 ? errno : call(SYS_setns, process, CLONE_NEWNS);
}

constexpr Row kRows[]{
    {"mount", [] { return call(SYS_mount, "none", kInside, "tmpfs", 0, 0); }, "allow mount"},
    {"mount-bind", [] { return call(SYS_mount, "/etc", kInside, 0, 4096, 0); }, "allow mount"},
    {"umount", [] { return call(SYS_umount2, "/proc", kDetach); }, "allow umount2"},
    {"pivot-root", [] { return call(SYS_pivot_root, kInside, kInside); }, "allow pivot_root"},
    {"move-mount", [] { return call(SYS_move_mount, kHere, "/proc", kHere, kInside, 0); },
     "allow move_mount"},
    {"open-tree", [] { return call(SYS_open_tree, kHere, "/etc", OPEN_TREE_CLONE); },
     "allow open_tree"},
    {"fsopen", [] { return call(SYS_fsopen, "tmpfs", 0); }, "allow fsopen"},
    {"fspick", [] { return call(SYS_fspick, kHere, "/", 0); }, "allow fspick"},
    {"mount-setattr", [] { return call(SYS_mount_setattr, kHere, "/", 0, 0, 0); },
     "allow mount_setattr"},
    {"unshare-user", [] { return call(SYS_unshare, CLONE_NEWUSER); }, "allow unshare"},
    {"unshare-mounts", [] { return call(SYS_unshare, CLONE_NEWNS); }, "allow unshare"},
    {"setns", enter_own_namespace, "allow setns"},
    {"setns-of-init", enter_by_process, "allow setns"},
    {"clone-user", [] { return clone_with(CLONE_NEWUSER); }, "lift clone"},
    {"clone-user-mounts", [] { return clone_with(CLONE_NEWUSER | CLONE_NEWNS); }, "lift clone"},
    {"clone-user-network", [] { return clone_with(CLONE_NEWUSER | CLONE_NEWNET); }, "lift clone"},
    {"clone3-user", clone3_user, "allow clone3"},
};

}  // namespace

std::span<const Row> mount_rows()
{
    return kRows;
}

}  // namespace outis::attack
