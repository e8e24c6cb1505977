#include "sandbox/kernel/arguments.h"

#include <algorithm>
#include <array>

namespace outis::sandbox {
namespace {

struct Row {
    std::string_view call;
    std::string_view arguments;  // "name:type" in order, separated by blanks
};

// Types are what the kernel's SYSCALL_DEFINE takes (Linux 7.1), not what libc declares: i int and
// pid_t, u unsigned int, umode_t and uid_t, l long and off_t, L unsigned long and size_t,
// p pointer. Names are those of section 2 of the manual.
//
// clone's and unshare's flags are unsigned long there, but bits beyond 32 mean nothing to either
// (kernel_clone_args: lower_32_bits; unshare refuses them), so both are compared as 32 bits.
// clang-format off
constexpr std::array kRows = std::to_array<Row>({
    {"accept", "sockfd:i addr:p addrlen:p"},
    {"accept4", "sockfd:i addr:p addrlen:p flags:i"},
    {"access", "pathname:p mode:i"},
    {"add_key", "type:p description:p payload:p plen:L keyring:i"},
    {"arch_prctl", "code:i addr:L"},
    {"bind", "sockfd:i addr:p addrlen:i"},
    {"bpf", "cmd:i attr:p size:u"},
    {"brk", "addr:L"},
    {"capget", "hdrp:p datap:p"},
    {"capset", "hdrp:p datap:p"},
    {"chdir", "path:p"},
    {"chmod", "pathname:p mode:u"},
    {"chown", "pathname:p owner:u group:u"},
    {"chroot", "path:p"},
    {"clock_getres", "clockid:i res:p"},
    {"clock_gettime", "clockid:i tp:p"},
    {"clock_nanosleep", "clockid:i flags:i request:p remain:p"},
    {"clock_settime", "clockid:i tp:p"},
    {"clone", "flags:u stack:L"},
    {"clone3", "cl_args:p size:L"},
    {"close", "fd:u"},
    {"close_range", "first:u last:u flags:u"},
    {"connect", "sockfd:i addr:p addrlen:i"},
    {"copy_file_range", "fd_in:i off_in:p fd_out:i off_out:p len:L flags:u"},
    {"creat", "pathname:p mode:u"},
    {"dup", "oldfd:u"},
    {"dup2", "oldfd:u newfd:u"},
    {"dup3", "oldfd:u newfd:u flags:i"},
    {"epoll_create", "size:i"},
    {"epoll_create1", "flags:i"},
    {"epoll_ctl", "epfd:i op:i fd:i event:p"},
    {"epoll_pwait", "epfd:i events:p maxevents:i timeout:i sigmask:p sigsetsize:L"},
    {"epoll_wait", "epfd:i events:p maxevents:i timeout:i"},
    {"eventfd2", "initval:u flags:i"},
    {"execve", "pathname:p argv:p envp:p"},
    {"execveat", "dirfd:i pathname:p argv:p envp:p flags:i"},
    {"exit", "status:i"},
    {"exit_group", "status:i"},
    {"faccessat", "dirfd:i pathname:p mode:i"},
    {"faccessat2", "dirfd:i pathname:p mode:i flags:i"},
    {"fallocate", "fd:i mode:i offset:l len:l"},
    {"fanotify_init", "flags:u event_f_flags:u"},
    {"fchmod", "fd:u mode:u"},
    {"fchmodat", "dirfd:i pathname:p mode:u"},
    {"fchmodat2", "dirfd:i pathname:p mode:u flags:u"},
    {"fchown", "fd:u owner:u group:u"},
    {"fchownat", "dirfd:i pathname:p owner:u group:u flags:i"},
    {"fcntl", "fd:u cmd:u arg:L"},
    {"fcntl64", "fd:u cmd:u arg:L"},
    {"fsync", "fd:u"},
    {"ftruncate", "fd:u length:l"},
    {"futex", "uaddr:p futex_op:i val:u timeout:p uaddr2:p val3:u"},
    {"getdents64", "fd:u dirp:p count:u"},
    {"getpgid", "pid:i"},
    {"getpriority", "which:i who:i"},
    {"getrandom", "buf:p buflen:L flags:u"},
    {"getrlimit", "resource:u rlim:p"},
    {"getrusage", "who:i usage:p"},
    {"getsockopt", "sockfd:i level:i optname:i optval:p optlen:p"},
    {"inotify_add_watch", "fd:i pathname:p mask:u"},
    {"inotify_init1", "flags:i"},
    {"io_uring_setup", "entries:u p:p"},
    {"ioctl", "fd:u request:u argp:L"},
    {"ioperm", "from:L num:L turn_on:i"},
    {"iopl", "level:u"},
    {"ioprio_get", "which:i who:i"},
    {"ioprio_set", "which:i who:i ioprio:i"},
    {"kcmp", "pid1:i pid2:i type:i idx1:L idx2:L"},
    {"keyctl", "operation:i arg2:L arg3:L arg4:L arg5:L"},
    {"kill", "pid:i sig:i"},
    {"landlock_create_ruleset", "attr:p size:L flags:u"},
    {"landlock_restrict_self", "ruleset_fd:i flags:u"},
    {"link", "oldpath:p newpath:p"},
    {"linkat", "olddirfd:i oldpath:p newdirfd:i newpath:p flags:i"},
    {"listen", "sockfd:i backlog:i"},
    {"lseek", "fd:u offset:l whence:u"},
    {"madvise", "addr:L length:L advice:i"},
    {"mbind", "addr:L len:L mode:L nodemask:p maxnode:L flags:u"},
    {"membarrier", "cmd:i flags:u cpu_id:i"},
    {"memfd_create", "name:p flags:u"},
    {"memfd_secret", "flags:u"},
    {"mkdir", "pathname:p mode:u"},
    {"mkdirat", "dirfd:i pathname:p mode:u"},
    {"mknod", "pathname:p mode:u dev:u"},
    {"mknodat", "dirfd:i pathname:p mode:u dev:u"},
    {"mlock", "addr:L len:L"},
    {"mlock2", "addr:L len:L flags:i"},
    {"mlockall", "flags:i"},
    {"mmap", "addr:L length:L prot:L flags:L fd:L offset:L"},
    {"mmap2", "addr:L length:L prot:L flags:L fd:L pgoffset:L"},
    {"mount", "source:p target:p filesystemtype:p mountflags:L data:p"},
    {"mprotect", "addr:L len:L prot:L"},
    {"mremap", "old_address:L old_size:L new_size:L flags:L new_address:L"},
    {"mseal", "addr:L len:L flags:L"},
    {"msgget", "key:i msgflg:i"},
    {"munmap", "addr:L length:L"},
    {"name_to_handle_at", "dirfd:i pathname:p handle:p mount_id:p flags:i"},
    {"newfstatat", "dirfd:i pathname:p statbuf:p flags:i"},
    {"open", "pathname:p flags:i mode:u"},
    {"openat", "dirfd:i pathname:p flags:i mode:u"},
    {"openat2", "dirfd:i pathname:p how:p size:L"},
    {"perf_event_open", "attr:p pid:i cpu:i group_fd:i flags:L"},
    {"personality", "persona:u"},
    {"pidfd_getfd", "pidfd:i targetfd:i flags:u"},
    {"pidfd_open", "pid:i flags:u"},
    {"pidfd_send_signal", "pidfd:i sig:i info:p flags:u"},
    {"pipe", "pipefd:p"},
    {"pipe2", "pipefd:p flags:i"},
    {"pkey_alloc", "flags:L access_rights:L"},
    {"pkey_mprotect", "addr:L len:L prot:L pkey:i"},
    {"poll", "fds:p nfds:u timeout:i"},
    {"ppoll", "fds:p nfds:u tmo_p:p sigmask:p sigsetsize:L"},
    {"prctl", "option:i arg2:L arg3:L arg4:L arg5:L"},
    {"pread64", "fd:u buf:p count:L offset:l"},
    {"prlimit64", "pid:i resource:u new_limit:p old_limit:p"},
    {"process_madvise", "pidfd:i iovec:p vlen:L advice:i flags:u"},
    {"process_vm_readv", "pid:i local_iov:p liovcnt:L remote_iov:p riovcnt:L flags:L"},
    {"process_vm_writev", "pid:i local_iov:p liovcnt:L remote_iov:p riovcnt:L flags:L"},
    {"ptrace", "request:l pid:l addr:L data:L"},
    {"pwrite64", "fd:u buf:p count:L offset:l"},
    {"quotactl", "cmd:u special:p id:u addr:p"},
    {"read", "fd:u buf:p count:L"},
    {"readlinkat", "dirfd:i pathname:p buf:p bufsiz:i"},
    {"reboot", "magic:i magic2:i op:u arg:p"},
    {"recvfrom", "sockfd:i buf:p len:L flags:u src_addr:p addrlen:p"},
    {"recvmsg", "sockfd:i msg:p flags:u"},
    {"renameat2", "olddirfd:i oldpath:p newdirfd:i newpath:p flags:u"},
    {"rt_sigaction", "signum:i act:p oldact:p sigsetsize:L"},
    {"rt_sigprocmask", "how:i set:p oldset:p sigsetsize:L"},
    {"rt_sigqueueinfo", "tgid:i sig:i info:p"},
    {"rt_tgsigqueueinfo", "tgid:i tid:i sig:i info:p"},
    {"sched_setaffinity", "pid:i cpusetsize:u mask:p"},
    {"sched_setattr", "pid:i attr:p flags:u"},
    {"sched_setparam", "pid:i param:p"},
    {"sched_setscheduler", "pid:i policy:i param:p"},
    {"seccomp", "operation:u flags:u args:p"},
    {"semget", "key:i nsems:i semflg:i"},
    {"sendfile", "out_fd:i in_fd:i offset:p count:L"},
    {"sendmsg", "sockfd:i msg:p flags:u"},
    {"sendto", "sockfd:i buf:p len:L flags:u dest_addr:p addrlen:i"},
    {"set_mempolicy", "mode:i nodemask:p maxnode:L"},
    {"setgid", "gid:u"},
    {"setgroups", "size:i list:p"},
    {"setitimer", "which:i new_value:p old_value:p"},
    {"setns", "fd:i nstype:i"},
    {"setpgid", "pid:i pgid:i"},
    {"setpriority", "which:i who:i prio:i"},
    {"setregid", "rgid:u egid:u"},
    {"setresgid", "rgid:u egid:u sgid:u"},
    {"setresuid", "ruid:u euid:u suid:u"},
    {"setreuid", "ruid:u euid:u"},
    {"setrlimit", "resource:u rlim:p"},
    {"setsockopt", "sockfd:i level:i optname:i optval:p optlen:i"},
    {"setuid", "uid:u"},
    {"shmat", "shmid:i shmaddr:p shmflg:i"},
    {"shmctl", "shmid:i cmd:i buf:p"},
    {"shmget", "key:i size:L shmflg:i"},
    {"shutdown", "sockfd:i how:i"},
    {"signalfd4", "fd:i mask:p sizemask:L flags:i"},
    {"socket", "domain:i type:i protocol:i"},
    {"socketcall", "call:i args:p"},
    {"socketpair", "domain:i type:i protocol:i sv:p"},
    {"splice", "fd_in:i off_in:p fd_out:i off_out:p len:L flags:u"},
    {"statx", "dirfd:i pathname:p flags:u mask:u statxbuf:p"},
    {"syslog", "type:i bufp:p len:i"},
    {"tee", "fd_in:i fd_out:i len:L flags:u"},
    {"tgkill", "tgid:i tid:i sig:i"},
    {"timer_create", "clockid:i sevp:p timerid:p"},
    {"timerfd_create", "clockid:i flags:i"},
    {"tkill", "tid:i sig:i"},
    {"truncate", "path:p length:l"},
    {"umask", "mask:i"},
    {"umount2", "target:p flags:i"},
    {"unlinkat", "dirfd:i pathname:p flags:i"},
    {"unshare", "flags:u"},
    {"userfaultfd", "flags:i"},
    {"utimensat", "dirfd:i pathname:p times:p flags:i"},
    {"vmsplice", "fd:i iov:p nr_segs:L flags:u"},
    {"wait4", "pid:i wstatus:p options:i rusage:p"},
    {"waitid", "idtype:i id:i infop:p options:i rusage:p"},
    {"write", "fd:u buf:p count:L"},
});
// clang-format on

static_assert(std::ranges::is_sorted(kRows, {}, &Row::call));

constexpr ArgumentType type_of(char letter)
{
    switch (letter) {
    case 'i': return ArgumentType::int32;
    case 'u': return ArgumentType::uint32;
    case 'l': return ArgumentType::int_long;
    case 'p': return ArgumentType::pointer;
    default: return ArgumentType::uint_long;
    }
}

}  // namespace

std::vector<Argument> arguments_of(std::string_view call)
{
    std::vector<Argument> arguments;
    const auto* row = std::ranges::lower_bound(kRows, call, {}, &Row::call);
    if (row == kRows.end() || row->call != call)
        return arguments;
    std::string_view rest = row->arguments;
    while (!rest.empty()) {
        const std::size_t colon = rest.find(':');
        arguments.push_back(Argument{
            .name = rest.substr(0, colon),
            .index = static_cast<std::uint8_t>(arguments.size()),
            .type = type_of(rest[colon + 1]),
        });
        rest.remove_prefix(std::min(colon + 3, rest.size()));
    }
    return arguments;
}

namespace {

// The number of "arg0" to "arg5", or of "reg0" to "reg5".
std::optional<std::uint8_t> numbered(std::string_view name, std::string_view prefix)
{
    if (name.size() != 4 || !name.starts_with(prefix) || name[3] < '0' || name[3] > '5')
        return std::nullopt;
    return static_cast<std::uint8_t>(name[3] - '0');
}

}  // namespace

std::optional<Argument> find_argument(std::string_view call, std::string_view name)
{
    if (const auto index = numbered(name, "reg"))
        return Argument{.name = name, .index = *index, .type = ArgumentType::whole_register};
    const std::vector<Argument> arguments = arguments_of(call);
    const auto named = std::ranges::find(arguments, name, &Argument::name);
    if (named != arguments.end())
        return *named;
    const std::optional<std::uint8_t> index = numbered(name, "arg");
    if (!index)
        return std::nullopt;
    if (*index < arguments.size())
        return arguments[*index];
    return Argument{.name = name, .index = *index, .type = ArgumentType::uint_long};
}

unsigned bits_of(ArgumentType type, Abi abi) noexcept
{
    const bool is_int = type == ArgumentType::int32 || type == ArgumentType::uint32;
    const bool low_word = type == ArgumentType::whole_register && abi == Abi::x32;
    return is_int || low_word ? 32 : long_bits(abi);
}

bool is_signed(ArgumentType type) noexcept
{
    return type == ArgumentType::int32 || type == ArgumentType::int_long;
}

bool takes_arguments_in_memory(std::string_view call, Abi abi) noexcept
{
    return abi == Abi::i386 && (call == "mmap" || call == "select");
}

bool is_displaced(std::string_view call, std::uint8_t argument, Abi abi) noexcept
{
    if (long_bits(abi) == 64)
        return false;
    const bool at_offset = call == "pread64" || call == "pwrite64";
    return (at_offset && argument >= 3) || (call == "fallocate" && argument >= 2);
}

}  // namespace outis::sandbox
