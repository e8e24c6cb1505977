#include "sandbox/kernel/constants.h"

#include <algorithm>
#include <array>

namespace outis::sandbox {
namespace {

// Source: the headers of Linux 6.1 as Debian 12 installs them, and those of 6.3 for MFD_EXEC,
// MFD_NOEXEC_SEAL and PR_*_MDWE: linux/{socket,netlink,sched,mman,memfd,shm,personality,prctl,
// ptrace,fcntl,seccomp,time,in}.h, asm-generic/{ioctls,resource,signal}.h, sys/socket.h for
// AF_* and SOCK_*.
// clang-format off
constexpr std::array kConstants = std::to_array<Constant>({
    {"ADDR_COMPAT_LAYOUT", 0x200000}, {"ADDR_NO_RANDOMIZE", 0x40000}, {"AF_ALG", 38},
    {"AF_APPLETALK", 5}, {"AF_ATMPVC", 8}, {"AF_ATMSVC", 20}, {"AF_AX25", 3}, {"AF_BLUETOOTH", 31},
    {"AF_BRIDGE", 7}, {"AF_CAIF", 37}, {"AF_CAN", 29}, {"AF_ECONET", 19}, {"AF_IB", 27},
    {"AF_IEEE802154", 36}, {"AF_INET", 2}, {"AF_INET6", 10}, {"AF_IPX", 4}, {"AF_IRDA", 23},
    {"AF_ISDN", 34}, {"AF_IUCV", 32}, {"AF_KCM", 41}, {"AF_KEY", 15}, {"AF_LLC", 26},
    {"AF_LOCAL", 1}, {"AF_MCTP", 45}, {"AF_MPLS", 28}, {"AF_NETBEUI", 13}, {"AF_NETLINK", 16},
    {"AF_NETROM", 6}, {"AF_NFC", 39}, {"AF_PACKET", 17}, {"AF_PHONET", 35}, {"AF_PPPOX", 24},
    {"AF_QIPCRTR", 42}, {"AF_RDS", 21}, {"AF_ROSE", 11}, {"AF_RXRPC", 33}, {"AF_SECURITY", 14},
    {"AF_SMC", 43}, {"AF_TIPC", 30}, {"AF_UNIX", 1}, {"AF_UNSPEC", 0}, {"AF_VSOCK", 40},
    {"AF_WANPIPE", 25}, {"AF_X25", 9}, {"AF_XDP", 44}, {"AT_EACCESS", 512},
    {"AT_EMPTY_PATH", 0x1000}, {"AT_FDCWD", -100}, {"AT_REMOVEDIR", 512},
    {"AT_SYMLINK_FOLLOW", 1024}, {"AT_SYMLINK_NOFOLLOW", 256}, {"CLOCK_BOOTTIME", 7},
    {"CLOCK_MONOTONIC", 1}, {"CLOCK_PROCESS_CPUTIME_ID", 2}, {"CLOCK_REALTIME", 0},
    {"CLOCK_THREAD_CPUTIME_ID", 3}, {"CLONE_CHILD_CLEARTID", 0x200000},
    {"CLONE_CHILD_SETTID", 0x1000000}, {"CLONE_FILES", 1024}, {"CLONE_FS", 512},
    {"CLONE_IO", 0x80000000}, {"CLONE_NEWCGROUP", 0x2000000}, {"CLONE_NEWIPC", 0x8000000},
    {"CLONE_NEWNET", 0x40000000}, {"CLONE_NEWNS", 0x20000}, {"CLONE_NEWPID", 0x20000000},
    {"CLONE_NEWTIME", 128}, {"CLONE_NEWUSER", 0x10000000}, {"CLONE_NEWUTS", 0x4000000},
    {"CLONE_PARENT", 0x8000}, {"CLONE_PARENT_SETTID", 0x100000}, {"CLONE_PIDFD", 0x1000},
    {"CLONE_PTRACE", 0x2000}, {"CLONE_SETTLS", 0x80000}, {"CLONE_SIGHAND", 2048},
    {"CLONE_SYSVSEM", 0x40000}, {"CLONE_THREAD", 0x10000}, {"CLONE_UNTRACED", 0x800000},
    {"CLONE_VFORK", 0x4000}, {"CLONE_VM", 256}, {"FIOASYNC", 0x5452}, {"FIOCLEX", 0x5451},
    {"FIONBIO", 0x5421}, {"FIONCLEX", 0x5450}, {"FIONREAD", 0x541B}, {"F_ADD_SEALS", 1033},
    {"F_DUPFD", 0}, {"F_DUPFD_CLOEXEC", 1030}, {"F_GETFD", 1}, {"F_GETFL", 3}, {"F_GETLK", 5},
    {"F_GETOWN", 9}, {"F_GETPIPE_SZ", 1032}, {"F_GET_SEALS", 1034}, {"F_SETFD", 2}, {"F_SETFL", 4},
    {"F_SETLK", 6}, {"F_SETLKW", 7}, {"F_SETOWN", 8}, {"F_SETPIPE_SZ", 1031}, {"IPC_CREAT", 512},
    {"IPC_EXCL", 1024}, {"IPC_NOWAIT", 2048}, {"IPC_PRIVATE", 0}, {"IPC_RMID", 0}, {"IPC_SET", 1},
    {"IPC_STAT", 2}, {"IPPROTO_ICMP", 1}, {"IPPROTO_ICMPV6", 58}, {"IPPROTO_IP", 0},
    {"IPPROTO_IPV6", 41}, {"IPPROTO_RAW", 255}, {"IPPROTO_SCTP", 132}, {"IPPROTO_TCP", 6},
    {"IPPROTO_UDP", 17}, {"MADV_DODUMP", 17}, {"MADV_DOFORK", 11}, {"MADV_DONTDUMP", 16},
    {"MADV_DONTFORK", 10}, {"MADV_DONTNEED", 4}, {"MADV_FREE", 8}, {"MADV_HUGEPAGE", 14},
    {"MADV_KEEPONFORK", 19}, {"MADV_MERGEABLE", 12}, {"MADV_NOHUGEPAGE", 15}, {"MADV_NORMAL", 0},
    {"MADV_RANDOM", 1}, {"MADV_REMOVE", 9}, {"MADV_SEQUENTIAL", 2}, {"MADV_UNMERGEABLE", 13},
    {"MADV_WILLNEED", 3}, {"MADV_WIPEONFORK", 18}, {"MAP_ANONYMOUS", 32}, {"MAP_FIXED", 16},
    {"MAP_PRIVATE", 2}, {"MAP_SHARED", 1}, {"MCL_CURRENT", 1}, {"MCL_FUTURE", 2},
    {"MCL_ONFAULT", 4}, {"MFD_ALLOW_SEALING", 0x2}, {"MFD_CLOEXEC", 0x1}, {"MFD_EXEC", 0x10},
    {"MFD_HUGETLB", 0x4}, {"MFD_NOEXEC_SEAL", 0x8}, {"MMAP_PAGE_ZERO", 0x100000},
    {"MREMAP_FIXED", 2}, {"MREMAP_MAYMOVE", 1}, {"NETLINK_AUDIT", 9}, {"NETLINK_GENERIC", 16},
    {"NETLINK_KOBJECT_UEVENT", 15}, {"NETLINK_NETFILTER", 12}, {"NETLINK_ROUTE", 0},
    {"NETLINK_SOCK_DIAG", 4}, {"O_ACCMODE", 3}, {"O_APPEND", 1024}, {"O_CLOEXEC", 0x80000},
    {"O_CREAT", 64}, {"O_EXCL", 128}, {"O_NOCTTY", 256}, {"O_NONBLOCK", 2048}, {"O_PATH", 0x200000},
    {"O_RDONLY", 0}, {"O_RDWR", 2}, {"O_TRUNC", 512}, {"O_WRONLY", 1}, {"PER_LINUX", 0},
    {"PER_LINUX32", 8}, {"PROT_EXEC", 4}, {"PROT_GROWSDOWN", 0x1000000},
    {"PROT_GROWSUP", 0x2000000}, {"PROT_NONE", 0}, {"PROT_READ", 1}, {"PROT_WRITE", 2},
    {"PR_CAPBSET_DROP", 24}, {"PR_CAPBSET_READ", 23}, {"PR_CAP_AMBIENT", 47},
    {"PR_GET_CHILD_SUBREAPER", 37}, {"PR_GET_DUMPABLE", 3}, {"PR_GET_KEEPCAPS", 7},
    {"PR_GET_MDWE", 66}, {"PR_GET_NAME", 16}, {"PR_GET_NO_NEW_PRIVS", 39}, {"PR_GET_PDEATHSIG", 2},
    {"PR_GET_SECCOMP", 21}, {"PR_GET_SECUREBITS", 27}, {"PR_GET_SPECULATION_CTRL", 52},
    {"PR_GET_THP_DISABLE", 42}, {"PR_GET_TIMERSLACK", 30}, {"PR_GET_TSC", 25},
    {"PR_SET_CHILD_SUBREAPER", 36}, {"PR_SET_DUMPABLE", 4}, {"PR_SET_KEEPCAPS", 8},
    {"PR_SET_MDWE", 65}, {"PR_SET_MM", 35}, {"PR_SET_NAME", 15}, {"PR_SET_NO_NEW_PRIVS", 38},
    {"PR_SET_PDEATHSIG", 1}, {"PR_SET_PTRACER", 0x59616D61}, {"PR_SET_SECCOMP", 22},
    {"PR_SET_SECUREBITS", 28}, {"PR_SET_SPECULATION_CTRL", 53},
    {"PR_SET_SYSCALL_USER_DISPATCH", 59}, {"PR_SET_THP_DISABLE", 41}, {"PR_SET_TIMERSLACK", 29},
    {"PR_SET_TSC", 26}, {"PR_SET_VMA", 0x53564D41}, {"PTRACE_ATTACH", 16}, {"PTRACE_CONT", 7},
    {"PTRACE_DETACH", 17}, {"PTRACE_INTERRUPT", 0x4207}, {"PTRACE_KILL", 8}, {"PTRACE_PEEKDATA", 2},
    {"PTRACE_PEEKTEXT", 1}, {"PTRACE_POKEDATA", 5}, {"PTRACE_POKETEXT", 4},
    {"PTRACE_SEIZE", 0x4206}, {"PTRACE_SINGLESTEP", 9}, {"PTRACE_TRACEME", 0},
    {"READ_IMPLIES_EXEC", 0x400000}, {"RLIMIT_AS", 9}, {"RLIMIT_CORE", 4}, {"RLIMIT_CPU", 0},
    {"RLIMIT_DATA", 2}, {"RLIMIT_FSIZE", 1}, {"RLIMIT_LOCKS", 10}, {"RLIMIT_MEMLOCK", 8},
    {"RLIMIT_MSGQUEUE", 12}, {"RLIMIT_NICE", 13}, {"RLIMIT_NOFILE", 7}, {"RLIMIT_NPROC", 6},
    {"RLIMIT_RSS", 5}, {"RLIMIT_RTPRIO", 14}, {"RLIMIT_RTTIME", 15}, {"RLIMIT_SIGPENDING", 11},
    {"RLIMIT_STACK", 3}, {"SCHED_BATCH", 3}, {"SCHED_DEADLINE", 6}, {"SCHED_FIFO", 1},
    {"SCHED_IDLE", 5}, {"SCHED_NORMAL", 0}, {"SCHED_RR", 2},
    {"SECCOMP_FILTER_FLAG_NEW_LISTENER", 8}, {"SECCOMP_GET_ACTION_AVAIL", 2},
    {"SECCOMP_SET_MODE_FILTER", 1}, {"SECCOMP_SET_MODE_STRICT", 0}, {"SHM_EXEC", 0x8000},
    {"SHM_RDONLY", 0x1000}, {"SHM_REMAP", 0x4000}, {"SHM_RND", 0x2000}, {"SIGABRT", 6},
    {"SIGALRM", 14}, {"SIGBUS", 7}, {"SIGCHLD", 17}, {"SIGCONT", 18}, {"SIGFPE", 8}, {"SIGHUP", 1},
    {"SIGILL", 4}, {"SIGINT", 2}, {"SIGIO", 29}, {"SIGKILL", 9}, {"SIGPIPE", 13}, {"SIGPROF", 27},
    {"SIGPWR", 30}, {"SIGQUIT", 3}, {"SIGSEGV", 11}, {"SIGSTKFLT", 16}, {"SIGSTOP", 19},
    {"SIGSYS", 31}, {"SIGTERM", 15}, {"SIGTRAP", 5}, {"SIGTSTP", 20}, {"SIGTTIN", 21},
    {"SIGTTOU", 22}, {"SIGURG", 23}, {"SIGUSR1", 10}, {"SIGUSR2", 12}, {"SIGVTALRM", 26},
    {"SIGWINCH", 28}, {"SIGXCPU", 24}, {"SIGXFSZ", 25}, {"SOCK_CLOEXEC", 0x80000},
    {"SOCK_DGRAM", 2}, {"SOCK_NONBLOCK", 2048}, {"SOCK_PACKET", 10}, {"SOCK_RAW", 3},
    {"SOCK_RDM", 4}, {"SOCK_SEQPACKET", 5}, {"SOCK_STREAM", 1}, {"SOL_SOCKET", 1},
    {"S_IFBLK", 0x6000}, {"S_IFCHR", 0x2000}, {"S_IFDIR", 0x4000}, {"S_IFIFO", 0x1000},
    {"S_IFMT", 0xF000}, {"S_IFREG", 0x8000}, {"S_IFSOCK", 0xC000}, {"S_ISGID", 0x400},
    {"S_ISUID", 0x800}, {"S_ISVTX", 0x200}, {"TCGETS", 0x5401}, {"TCSETS", 0x5402},
    {"TCSETSF", 0x5404}, {"TCSETSW", 0x5403}, {"TIOCCONS", 0x541D}, {"TIOCGWINSZ", 0x5413},
    {"TIOCLINUX", 0x541C}, {"TIOCNOTTY", 0x5422}, {"TIOCSCTTY", 0x540E}, {"TIOCSETD", 0x5423},
    {"TIOCSTI", 0x5412}, {"TIOCSWINSZ", 0x5414}, {"UNAME26", 0x20000},
});
// clang-format on

static_assert(std::ranges::is_sorted(kConstants, {}, &Constant::name));

}  // namespace

std::span<const Constant> constants() noexcept
{
    return kConstants;
}

std::optional<std::int64_t> find_constant(std::string_view name) noexcept
{
    const auto* found = std::ranges::lower_bound(kConstants, name, {}, &Constant::name);
    if (found == kConstants.end() || found->name != name)
        return std::nullopt;
    return found->value;
}

}  // namespace outis::sandbox
