#include "init/kernel/sys.h"

#include "init/kernel/memory.h"
#include "init/kernel/raw_call.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/magic.h>
#include <linux/reboot.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

namespace outis::init::sys {
namespace {

// The kernel's struct sigaction of x86_64 and aarch64 (asm/signal.h), which is not libc's.
struct KernelAction {
    std::uintptr_t handler;
    unsigned long flags;
    std::uintptr_t restorer;
    SignalSet mask;
};

}  // namespace

SignalSet swap_mask(SignalSet mask) noexcept
{
    SignalSet before = 0;
    call(SYS_rt_sigprocmask, SIG_SETMASK, &mask, &before, sizeof mask);
    return before;
}

SignalSet pending_signals() noexcept
{
    SignalSet pending = 0;
    call(SYS_rt_sigpending, &pending, sizeof pending);
    return pending;
}

bool ignore_signal(int signal, bool ignore) noexcept
{
    const KernelAction action{
        .handler = ignore ? std::uintptr_t{1} : std::uintptr_t{0},
        .flags = 0,
        .restorer = 0,
        .mask = 0,
    };
    KernelAction before{};
    call(SYS_rt_sigaction, signal, &action, &before, sizeof action.mask);
    return before.handler == 1;
}

[[OUTIS_IN_LOOP]] long take_signal(SignalSet set, siginfo_t& info, const timespec* timeout) noexcept
{
    return call(SYS_rt_sigtimedwait, &set, &info, timeout, sizeof set);
}

[[OUTIS_IN_LOOP]] long kill(int pid, int signal) noexcept
{
    return call(SYS_kill, pid, signal);
}

[[OUTIS_IN_LOOP]] long queue_signal(int pid, int signal, siginfo_t& info) noexcept
{
    return call(SYS_rt_sigqueueinfo, pid, signal, &info);
}

[[OUTIS_IN_LOOP]] long reap(int& status, int options) noexcept
{
    return call_again(SYS_wait4, -1, &status, options, nullptr);
}

[[OUTIS_IN_LOOP]] long stop_tracing(int pid, int signal) noexcept
{
    return call(SYS_ptrace, PTRACE_DETACH, pid, nullptr, signal == SIGTRAP ? 0 : signal);
}

int getpid() noexcept
{
    return static_cast<int>(call(SYS_getpid));
}

int getppid() noexcept
{
    return static_cast<int>(call(SYS_getppid));
}

long set_process_group(int pid, int group) noexcept
{
    return call(SYS_setpgid, pid, group);
}

int process_group() noexcept
{
    return static_cast<int>(call(SYS_getpgid, 0));
}

long new_session() noexcept
{
    return call(SYS_setsid);
}

long foreground(int fd) noexcept
{
    int group = 0;
    const long result = call(SYS_ioctl, fd, TIOCGPGRP, &group);
    return result < 0 ? result : group;
}

long set_foreground(int fd, int group) noexcept
{
    return call_again(SYS_ioctl, fd, TIOCSPGRP, &group);
}

long take_terminal(int fd) noexcept
{
    return call(SYS_ioctl, fd, TIOCSCTTY, 0);
}

long leave_terminal(int fd) noexcept
{
    return call(SYS_ioctl, fd, TIOCNOTTY, 0);
}

bool is_terminal(int fd) noexcept
{
    winsize size;
    return call(SYS_ioctl, fd, TIOCGWINSZ, &size) == 0;
}

long open(const char* path, int flags) noexcept
{
    return open_at(AT_FDCWD, path, flags);
}

long open_at(int folder, const char* path, int flags) noexcept
{
    return call_again(SYS_openat, folder, path, flags | O_CLOEXEC, 0);
}

long read_link(int folder, const char* path, std::span<char> target) noexcept
{
    return call(SYS_readlinkat, folder, path, target.data(), target.size());
}

long read(int fd, std::span<std::byte> buffer) noexcept
{
    return call_again(SYS_read, fd, buffer.data(), buffer.size());
}

long write(int fd, std::span<const std::byte> bytes) noexcept
{
    return call_again(SYS_write, fd, bytes.data(), bytes.size());
}

long close(int fd) noexcept
{
    return call(SYS_close, fd);
}

long stat(int fd, struct stat& result) noexcept
{
    // On x86_64 and aarch64 libc's struct stat is the kernel's.
    return call(SYS_fstat, fd, &result);
}

bool is_procfs(int fd) noexcept
{
    struct statfs system {};

    return call(SYS_fstatfs, fd, &system) == 0 && system.f_type == PROC_SUPER_MAGIC;
}

bool is_read_only(int fd) noexcept
{
    constexpr auto kReadOnly = 1;  // ST_RDONLY, linux/statfs.h

    struct statfs system {};

    return call(SYS_fstatfs, fd, &system) == 0 && (system.f_flags & kReadOnly) != 0;
}

bool is_sealed(int fd) noexcept
{
    constexpr long kSeals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
    const long seals = call(SYS_fcntl, fd, F_GET_SEALS, 0);
    return seals > 0 && (seals & kSeals) == kSeals;
}

long change_owner(int fd, std::uint32_t uid, std::uint32_t gid) noexcept
{
    return call(SYS_fchown, fd, uid, gid);
}

long list_directory(int fd, std::span<std::byte> buffer) noexcept
{
    return call(SYS_getdents64, fd, buffer.data(), buffer.size());
}

bool readable_file(const char* path) noexcept
{
    return call(SYS_faccessat, AT_FDCWD, path, R_OK) == 0;
}

bool file_exists(const char* path) noexcept
{
    return call(SYS_faccessat, AT_FDCWD, path, F_OK) == 0;
}

bool may_execute(const char* path) noexcept
{
    return call(SYS_faccessat, AT_FDCWD, path, X_OK) == 0;
}

void write_if_ready(int fd, std::span<const std::byte> bytes) noexcept
{
    // A pipe that polls writable takes PIPE_BUF bytes at once (pipe(7)); lines are shorter.
    pollfd ready{.fd = fd, .events = POLLOUT, .revents = 0};
    constexpr timespec kNow{.tv_sec = 0, .tv_nsec = 0};
    if (call(SYS_ppoll, &ready, 1, &kNow, nullptr, 0) == 1)
        call(SYS_write, fd, bytes.data(), bytes.size());
}

void fill_standard_streams() noexcept
{
    pollfd streams[]{{.fd = 0, .events = 0, .revents = 0},
                     {.fd = 1, .events = 0, .revents = 0},
                     {.fd = 2, .events = 0, .revents = 0}};
    constexpr timespec kNow{.tv_sec = 0, .tv_nsec = 0};
    call(SYS_ppoll, streams, 3, &kNow, nullptr, 0);
    for (const pollfd& stream : streams) {
        // The lowest number that is free is this one's.
        if ((stream.revents & POLLNVAL) != 0)
            call(SYS_openat, AT_FDCWD, "/dev/null", O_RDWR, 0);
    }
}

long close_range(unsigned first, unsigned last) noexcept
{
    return call(SYS_close_range, first, last, 0);
}

long close_range_on_exec(unsigned first, unsigned last) noexcept
{
    return call(SYS_close_range, first, last, CLOSE_RANGE_CLOEXEC);
}

void close_on_exec(int fd) noexcept
{
    call(SYS_fcntl, fd, F_SETFD, FD_CLOEXEC);
}

long chdir(const char* path) noexcept
{
    return call(SYS_chdir, path);
}

void umask(unsigned mask) noexcept
{
    call(SYS_umask, mask);
}

long set_limit(unsigned resource, std::uint64_t soft, std::uint64_t hard) noexcept
{
    const std::uint64_t limit[2] = {soft, hard};
    return call(SYS_prlimit64, 0, resource, limit, nullptr);
}

long spawn(int (*run)(void*), void* argument, std::span<std::byte> stack) noexcept
{
    constexpr long kFlags = CLONE_VM | CLONE_VFORK | SIGCHLD;
    std::byte* top = stack.data() + stack.size();
    // The child finds itself on its own stack and goes straight to `run`; all that the parent holds
    // in memory and registers stays as it was.
#if defined(__x86_64__)
    long answer = SYS_clone;
    register long no_child_tid asm("r10") = 0;
    asm volatile(
        "syscall\n\t"
        "test %%rax, %%rax\n\t"
        "jnz 1f\n\t"
        "xor %%ebp, %%ebp\n\t"
        "mov %[argument], %%rdi\n\t"
        "call *%[run]\n\t"
        "ud2\n"
        "1:"
        : "+a"(answer)
        : "D"(kFlags), "S"(top), "d"(0L),
          "r"(no_child_tid), [run] "r"(run), [argument] "r"(argument)
        : "rcx", "r11", "memory");
    return answer;
#elif defined(__aarch64__)
    register long number asm("x8") = SYS_clone;
    register long answer asm("x0") = kFlags;
    register std::byte* child_stack asm("x1") = top;
    register long no_parent_tid asm("x2") = 0;
    register long no_tls asm("x3") = 0;
    register long no_child_tid asm("x4") = 0;
    asm volatile(
        "svc 0\n\t"
        "cbnz x0, 1f\n\t"
        "mov x29, xzr\n\t"
        "mov x0, %[argument]\n\t"
        "blr %[run]\n\t"
        "brk 1\n"
        "1:"
        : "+r"(answer)
        : "r"(number), "r"(child_stack), "r"(no_parent_tid), "r"(no_tls),
          "r"(no_child_tid), [run] "r"(run), [argument] "r"(argument)
        : "memory");
    return answer;
#endif
}

long execute(const char* path, char* const* arguments, char* const* environment,
             std::uint64_t cookie) noexcept
{
    return call(SYS_execve, path, arguments, environment, 0L, 0L, cookie);
}

long stream_socket(int family) noexcept
{
    return call(SYS_socket, family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

long connect(int fd, const void* address, unsigned size) noexcept
{
    return call(SYS_connect, fd, address, size);
}

long socket_error(int fd) noexcept
{
    int error = 0;
    socklen_t size = sizeof error;
    const long answer = call(SYS_getsockopt, fd, SOL_SOCKET, SO_ERROR, &error, &size);
    return answer < 0 ? answer : -error;
}

long wait_for(int fd, short events, std::int64_t milliseconds) noexcept
{
    pollfd one{.fd = fd, .events = events, .revents = 0};
    const timespec time{.tv_sec = milliseconds / 1000, .tv_nsec = milliseconds % 1000 * 1'000'000};
    return call(SYS_ppoll, &one, 1, &time, nullptr, 0);
}

[[OUTIS_IN_LOOP]] void give_back(std::uintptr_t from, std::size_t length) noexcept
{
    call(SYS_madvise, from, length, MADV_DONTNEED);
}

[[OUTIS_IN_LOOP]] void keep_apart(std::uintptr_t from, std::size_t length) noexcept
{
    call(SYS_madvise, from, length, MADV_DONTDUMP);
}

[[OUTIS_IN_LOOP]] std::int64_t milliseconds() noexcept
{
    timespec now{};
    call(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
    return std::int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}

void sleep(std::int64_t milliseconds) noexcept
{
    timespec left{.tv_sec = milliseconds / 1000, .tv_nsec = milliseconds % 1000 * 1'000'000};
    call_again(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &left, &left);
}

long power_off() noexcept
{
    call(SYS_sync);
    return call(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, LINUX_REBOOT_CMD_POWER_OFF,
                nullptr);
}

void exit(int status) noexcept
{
    call(SYS_exit_group, status);
    // A filter that refuses even this must not leave us spinning.
    __builtin_trap();
}

}  // namespace outis::init::sys
