#include "sandbox/kernel/groups.h"

#include <algorithm>
#include <array>

namespace outis::sandbox::kernel {
namespace {

// The first 29 have systemd's names, so that people know them, and the members of its version 252
// (`systemd-analyze syscall-filter`) that one of our ABIs has, with the calls that Linux has gained
// since then. The rest is ours. A group names only groups that stand above it.
// clang-format off
constexpr std::array kGroups = std::to_array<Group>({
    {"@default", "what every program needs, however small",
     "arch_prctl brk cacheflush clock_getres clock_getres_time64 clock_gettime "
     "clock_gettime64 clock_nanosleep clock_nanosleep_time64 execve exit exit_group futex "
     "futex_requeue futex_time64 futex_wait futex_waitv futex_wake get_robust_list "
     "get_thread_area get_tls getegid getegid32 geteuid geteuid32 getgid getgid32 getgroups "
     "getgroups32 getpgid getpgrp getpid getppid getrandom getresgid getresgid32 getresuid "
     "getresuid32 getrlimit getsid gettid gettimeofday getuid getuid32 membarrier mmap mmap2 "
     "mprotect munmap nanosleep pause prlimit64 restart_syscall rseq rseq_slice_yield "
     "rt_sigreturn sched_getaffinity sched_yield set_robust_list set_thread_area "
     "set_tid_address set_tls sigreturn time ugetrlimit uretprobe"},
    {"@aio", "asynchronous input and output, io_uring among it",
     "io_cancel io_destroy io_getevents io_pgetevents io_pgetevents_time64 io_setup "
     "io_submit io_uring_enter io_uring_register io_uring_setup"},
    {"@basic-io", "read, write and duplicate open files",
     "_llseek close close_range dup dup2 dup3 lseek pread64 preadv preadv2 pwrite64 pwritev "
     "pwritev2 read readv write writev"},
    {"@chown", "change owners of files",
     "chown chown32 fchown fchown32 fchownat lchown lchown32"},
    {"@clock", "set the clock",
     "adjtimex clock_adjtime clock_adjtime64 clock_settime clock_settime64 settimeofday"},
    {"@cpu-emulation", "old modes of the processor",
     "modify_ldt vm86 vm86old"},
    {"@debug", "look into other processes and measure the machine",
     "kcmp lookup_dcookie perf_event_open pidfd_getfd ptrace uprobe"},
    {"@file-system", "open, list, create, rename and remove files",
     "access cachestat chdir chmod close creat faccessat faccessat2 fallocate fchdir fchmod "
     "fchmodat fchmodat2 fcntl fcntl64 fgetxattr file_getattr file_setattr flistxattr "
     "fremovexattr fsetxattr fstat fstat64 fstatat64 fstatfs fstatfs64 ftruncate ftruncate64 "
     "futimesat getcwd getdents getdents64 getxattr getxattrat inotify_add_watch "
     "inotify_init inotify_init1 inotify_rm_watch lgetxattr link linkat listxattr "
     "listxattrat llistxattr lremovexattr lsetxattr lstat lstat64 mkdir mkdirat mknod "
     "mknodat newfstatat oldfstat oldlstat oldstat open openat openat2 readdir readlink "
     "readlinkat removexattr removexattrat rename renameat renameat2 rmdir setxattr "
     "setxattrat stat stat64 statfs statfs64 statx symlink symlinkat truncate truncate64 "
     "unlink unlinkat utime utimensat utimensat_time64 utimes"},
    {"@io-event", "wait for many files at once",
     "_newselect epoll_create epoll_create1 epoll_ctl epoll_ctl_old epoll_pwait epoll_pwait2 "
     "epoll_wait epoll_wait_old eventfd eventfd2 poll ppoll ppoll_time64 pselect6 "
     "pselect6_time64 select"},
    {"@ipc", "pipes, queues, semaphores and memory shared with other processes",
     "ipc memfd_create mq_getsetattr mq_notify mq_open mq_timedreceive "
     "mq_timedreceive_time64 mq_timedsend mq_timedsend_time64 mq_unlink msgctl msgget msgrcv "
     "msgsnd pipe pipe2 process_madvise process_vm_readv process_vm_writev semctl semget "
     "semop semtimedop semtimedop_time64 shmat shmctl shmdt shmget"},
    {"@keyring", "keys kept by the kernel",
     "add_key keyctl request_key"},
    {"@memlock", "keep memory from being swapped out",
     "mlock mlock2 mlockall munlock munlockall"},
    {"@module", "load and unload kernel modules",
     "delete_module finit_module init_module"},
    {"@mount", "change and list mounts and the root",
     "chroot fsconfig fsmount fsopen fspick listmount listns mount mount_setattr move_mount "
     "open_tree open_tree_attr pivot_root statmount umount umount2"},
    {"@network-io", "sockets",
     "accept accept4 bind connect getpeername getsockname getsockopt listen recv recvfrom "
     "recvmmsg recvmmsg_time64 recvmsg send sendmmsg sendmsg sendto setsockopt shutdown "
     "socket socketcall socketpair"},
    {"@obsolete", "what the kernel gave up",
     "_sysctl afs_syscall bdflush break create_module ftime get_kernel_syms getpmsg gtty "
     "idle lock mpx prof profil putpmsg query_module security sgetmask ssetmask stime stty "
     "sysfs tuxcall ulimit uselib ustat vserver"},
    {"@pkey", "memory protection keys",
     "pkey_alloc pkey_free pkey_mprotect"},
    {"@process", "start, end and signal processes; namespaces",
     "capget clone clone3 execveat fork getrusage kill pidfd_open pidfd_send_signal prctl "
     "rt_sigqueueinfo rt_tgsigqueueinfo setns tgkill times tkill unshare vfork wait4 waitid "
     "waitpid"},
    {"@raw-io", "ports of the machine",
     "ioperm iopl pciconfig_iobase pciconfig_read pciconfig_write"},
    {"@reboot", "reboot, load another kernel",
     "kexec_file_load kexec_load reboot"},
    {"@resources", "limits, priorities, memory placement",
     "ioprio_set mbind migrate_pages move_pages nice sched_setaffinity sched_setattr "
     "sched_setparam sched_setscheduler set_mempolicy set_mempolicy_home_node setpriority "
     "setrlimit"},
    {"@sandbox", "give rights up: Landlock and seccomp",
     "landlock_add_rule landlock_create_ruleset landlock_restrict_self lsm_get_self_attr "
     "lsm_list_modules seccomp"},
    {"@setuid", "change users and groups",
     "setgid setgid32 setgroups setgroups32 setregid setregid32 setresgid setresgid32 "
     "setresuid setresuid32 setreuid setreuid32 setuid setuid32"},
    {"@signal", "handle and wait for signals",
     "rt_sigaction rt_sigpending rt_sigprocmask rt_sigsuspend rt_sigtimedwait "
     "rt_sigtimedwait_time64 sigaction sigaltstack signal signalfd signalfd4 sigpending "
     "sigprocmask sigsuspend"},
    {"@swap", "swap files",
     "swapoff swapon"},
    {"@sync", "write to the disk at once",
     "arm_sync_file_range fdatasync fsync msync sync sync_file_range syncfs"},
    {"@timer", "alarms and timers",
     "alarm getitimer setitimer timer_create timer_delete timer_getoverrun timer_gettime "
     "timer_gettime64 timer_settime timer_settime64 timerfd_create timerfd_gettime "
     "timerfd_gettime64 timerfd_settime timerfd_settime64 times"},
    {"@privileged", "what only root may do",
     "@chown @clock @module @raw-io @reboot @swap _sysctl acct bpf capset chroot "
     "fanotify_init fanotify_mark lsm_set_self_attr nfsservctl open_by_handle_at pivot_root "
     "quotactl quotactl_fd setdomainname setfsuid setfsuid32 setgroups setgroups32 "
     "sethostname setresuid setresuid32 setreuid setreuid32 setuid setuid32 syslog vhangup"},
    {"@system-service", "what a service of a distribution may need",
     "@aio @basic-io @chown @default @file-system @io-event @ipc @keyring @memlock "
     "@network-io @process @resources @sandbox @setuid @signal @sync @timer arm_fadvise64_64 "
     "capget capset copy_file_range fadvise64 fadvise64_64 flock get_mempolicy getcpu "
     "getpriority ioctl ioprio_get kcmp madvise mremap name_to_handle_at oldolduname "
     "olduname personality readahead readdir remap_file_pages sched_get_priority_max "
     "sched_get_priority_min sched_getattr sched_getparam sched_getscheduler "
     "sched_rr_get_interval sched_rr_get_interval_time64 sched_yield sendfile sendfile64 "
     "setfsgid setfsgid32 setfsuid setfsuid32 setpgid setsid splice sysinfo tee umask uname "
     "userfaultfd vmsplice"},
    {"@memory", "map, protect and advise memory",
     "brk get_mempolicy madvise map_shadow_stack mbind membarrier memfd_secret mincore mmap "
     "mmap2 mprotect mremap mseal munmap process_madvise process_mrelease remap_file_pages "
     "set_mempolicy set_mempolicy_home_node userfaultfd"},
    {"@identity", "read who and where we are",
     "getcpu getegid getegid32 geteuid geteuid32 getgid getgid32 getgroups getgroups32 "
     "getpgid getpgrp getpid getppid getpriority getresgid getresgid32 getresuid getresuid32 "
     "getrlimit getrusage getsid gettid getuid getuid32 ioprio_get oldolduname olduname "
     "sched_get_priority_max sched_get_priority_min sched_getaffinity sched_getattr "
     "sched_getparam sched_getscheduler sched_rr_get_interval sched_rr_get_interval_time64 "
     "sysinfo times ugetrlimit uname"},
    {"@zero-copy", "move data between files inside the kernel",
     "copy_file_range sendfile sendfile64 splice tee vmsplice"},
    {"@network-server", "accept and make connections, wait for them",
     "@basic-io @io-event @network-io sendfile sendfile64 splice"},
});
// clang-format on

}  // namespace

std::span<const Group> groups() noexcept
{
    return kGroups;
}

std::vector<std::string_view> calls_of(std::string_view group)
{
    std::vector<std::string_view> waiting{group};
    std::vector<std::string_view> calls;
    // Groups only name groups above them, so this ends.
    while (!waiting.empty()) {
        const auto* found = std::ranges::find(kGroups, waiting.back(), &Group::name);
        waiting.pop_back();
        if (found == kGroups.end())
            continue;
        std::string_view rest = found->members;
        while (!rest.empty()) {
            const std::size_t end = std::min(rest.find(' '), rest.size());
            const std::string_view word = rest.substr(0, end);
            (word.starts_with('@') ? waiting : calls).push_back(word);
            rest.remove_prefix(std::min(end + 1, rest.size()));
        }
    }
    std::ranges::sort(calls);
    calls.erase(std::unique(calls.begin(), calls.end()), calls.end());
    return calls;
}

}  // namespace outis::sandbox::kernel
