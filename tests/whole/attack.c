// An app that attacks from inside its container, each attempt in a child of its own so that one
// that succeeds helps no other. Prints one row an attempt: `NAME ERRNO`, or `NAME allowed`.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

struct attack {
    const char* name;
    long call;
    long arguments[6];
};

enum {
    kDisableRandomLayout = 0x40000,
    kNetBindService = 10,
    kThisDirectory = AT_FDCWD,
    kSessionKeyring = -3,
    kProgram = 0x400000,
};

#define AT(value) ((long)(value))

static const char* errno_name(int error)
{
    switch (error) {
    case EPERM: return "EPERM";
    case EACCES: return "EACCES";
    case ENOSYS: return "ENOSYS";
    case EINVAL: return "EINVAL";
    case EAFNOSUPPORT: return "EAFNOSUPPORT";
    case EROFS: return "EROFS";
    default: return NULL;
    }
}

// 0 when the attempt succeeded, else its errno.
static int outcome(const struct attack* attack)
{
    const long* a = attack->arguments;
    const pid_t child = fork();
    if (child == 0)
        _exit(syscall(attack->call, a[0], a[1], a[2], a[3], a[4], a[5]) == -1 ? errno : 0);
    int status = 0;
    if (child == -1 || waitpid(child, &status, 0) != child || !WIFEXITED(status))
        return ECHILD;
    return WEXITSTATUS(status);
}

int main(void)
{
    char byte = 'x';
    gid_t group = 0;
    struct iovec here = {&byte, 1};
    struct iovec there = {(void*)kProgram, 1};
    const long passwd = AT("/etc/passwd");
    const long device = S_IFCHR | 0666;

    const struct attack attacks[] = {
        {"mount", SYS_mount, {AT("none"), AT("/tmp"), AT("tmpfs"), 0, 0}},
        {"umount", SYS_umount2, {AT("/proc"), MNT_DETACH}},
        {"unshare-user", SYS_unshare, {CLONE_NEWUSER}},
        {"unshare-mount", SYS_unshare, {CLONE_NEWNS}},
        {"clone-user", SYS_clone, {CLONE_NEWUSER | SIGCHLD}},
        {"clone3", SYS_clone3, {0}},
        {"namespace-of-init", SYS_openat, {kThisDirectory, AT("/proc/1/ns/mnt"), O_RDONLY}},
        {"ptrace-attach-init", SYS_ptrace, {PTRACE_ATTACH, 1}},
        {"ptrace-seize-init", SYS_ptrace, {PTRACE_SEIZE, 1}},
        {"open-memory-of-init", SYS_openat, {kThisDirectory, AT("/proc/1/mem"), O_RDWR}},
        {"read-memory-of-init", SYS_process_vm_readv, {1, AT(&here), 1, AT(&there), 1}},
        {"environment-of-init", SYS_openat, {kThisDirectory, AT("/proc/1/environ"), O_RDONLY}},
        {"setuid-root", SYS_setuid, {0}},
        {"setgid-root", SYS_setgid, {0}},
        {"setresuid-other", SYS_setresuid, {1, 1, 1}},
        {"setgroups", SYS_setgroups, {1, AT(&group)}},
        {"overwrite-passwd", SYS_openat, {kThisDirectory, passwd, O_WRONLY | O_APPEND}},
        {"create-in-etc", SYS_openat, {kThisDirectory, AT("/etc/new"), O_WRONLY | O_CREAT, 0600}},
        {"remove-policy", SYS_unlinkat, {kThisDirectory, AT("/etc/outis/policy")}},
        {"overwrite-init", SYS_openat, {kThisDirectory, AT("/outis-init"), O_WRONLY}},
        {"overwrite-app", SYS_openat, {kThisDirectory, AT("/app"), O_WRONLY}},
        {"chown-passwd", SYS_fchownat, {kThisDirectory, passwd, 65534, 65534}},
        {"chroot", SYS_chroot, {AT("/tmp")}},
        {"mknod-device", SYS_mknodat, {kThisDirectory, AT("/tmp/null"), device, makedev(1, 3)}},
        {"init-module", SYS_init_module, {0, 0, AT("")}},
        {"bpf", SYS_bpf, {0}},
        {"add-key", SYS_add_key, {AT("user"), AT("name"), AT(&byte), 1, kSessionKeyring}},
        {"io-uring", SYS_io_uring_setup, {1, 0}},
        {"reboot", SYS_reboot, {0}},
        {"sethostname", SYS_sethostname, {AT(&byte), 1}},
        {"personality", SYS_personality, {kDisableRandomLayout}},
        {"raw-socket", SYS_socket, {AF_INET, SOCK_RAW, 1}},
        {"terminal-input", SYS_ioctl, {0, TIOCSTI, AT(&byte)}},
        {"no-new-privs-off", SYS_prctl, {PR_SET_NO_NEW_PRIVS, 0}},
        {"ambient-raise", SYS_prctl, {PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, kNetBindService}},
    };
    for (size_t i = 0; i < sizeof attacks / sizeof *attacks; i++) {
        const int error = outcome(&attacks[i]);
        if (error == 0)
            printf("%s allowed\n", attacks[i].name);
        else if (errno_name(error) != NULL)
            printf("%s %s\n", attacks[i].name, errno_name(error));
        else
            printf("%s %d\n", attacks[i].name, error);
    }
    return 0;
}
