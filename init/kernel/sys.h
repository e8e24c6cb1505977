// Every system call of PID 1, under the kernel's own name, in one place.
//
// Each answers as the kernel does: the result, or the negative errno. Calls are raw, because libc's
// wrappers hide signals 32 and 33 (sigprocmask), broadcast to threads (setresuid) or change flags.
// Calls that a signal can interrupt are begun again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

namespace outis::init::sys {

// Bit n is signal n + 1, as in the kernel's sigset_t.
using SignalSet = std::uint64_t;
constexpr SignalSet kAllSignals = ~SignalSet{0};
constexpr int kSignals = 64;

constexpr SignalSet signal_bit(int signal) noexcept
{
    return SignalSet{1} << (signal - 1);
}

// Replaces the mask and says what it was.
SignalSet swap_mask(SignalSet mask) noexcept;

SignalSet pending_signals() noexcept;

// Sets the disposition to SIG_DFL or SIG_IGN; says whether the signal was ignored before.
bool ignore_signal(int signal, bool ignore) noexcept;

// Waits for a signal of `set`, at most until `timeout` (nullptr: for ever). The signal's number, or
// -EAGAIN when the time is over, or -EINTR.
long take_signal(SignalSet set, siginfo_t& info, const timespec* timeout) noexcept;

long kill(int pid, int signal) noexcept;
long queue_signal(int pid, int signal, siginfo_t& info) noexcept;

// Any child that has changed state (waitpid(2)); 0 if none has, -ECHILD if there is none.
long reap(int& status, int options) noexcept;

// Lets a stopped tracee of ours go on by itself, with the signal that it was about to get; without
// the trap that tells a tracer of an execve. -ESRCH: it is none.
long stop_tracing(int pid, int signal) noexcept;

int getpid() noexcept;
int getppid() noexcept;
long set_process_group(int pid, int group) noexcept;
int process_group() noexcept;
long new_session() noexcept;

// The foreground group of the terminal at `fd`; -ENOTTY and its like if it is none of ours.
long foreground(int fd) noexcept;
long set_foreground(int fd, int group) noexcept;
long take_terminal(int fd) noexcept;   // TIOCSCTTY
long leave_terminal(int fd) noexcept;  // TIOCNOTTY
bool is_terminal(int fd) noexcept;

long open(const char* path, int flags) noexcept;
long open_at(int folder, const char* path, int flags) noexcept;
long read_link(int folder, const char* path, std::span<char> target) noexcept;
long read(int fd, std::span<std::byte> buffer) noexcept;
long write(int fd, std::span<const std::byte> bytes) noexcept;
long close(int fd) noexcept;
long stat(int fd, struct stat& result) noexcept;
bool is_procfs(int fd) noexcept;
bool is_read_only(int fd) noexcept;  // the mount it was reached by
bool is_sealed(int fd) noexcept;     // a memfd that nobody can change any more (F_GET_SEALS)
long change_owner(int fd, std::uint32_t uid, std::uint32_t gid) noexcept;
long list_directory(int fd, std::span<std::byte> buffer) noexcept;  // getdents64(2)
bool readable_file(const char* path) noexcept;
bool file_exists(const char* path) noexcept;
bool may_execute(const char* path) noexcept;

// Writes without ever waiting: a reader that is stuck must not stop PID 1.
void write_if_ready(int fd, std::span<const std::byte> bytes) noexcept;

// /dev/null in the place of those of 0, 1 and 2 that are closed, so that no file of the app gets
// one of these numbers.
void fill_standard_streams() noexcept;

// What was open when we came: everything after 0, 1 and 2.
constexpr unsigned kFirstInherited = 3;
constexpr unsigned kNoDescriptor = ~0U;

// Descriptors from `first` to `last`: closed, or only marked close-on-exec.
long close_range(unsigned first, unsigned last) noexcept;
long close_range_on_exec(unsigned first, unsigned last) noexcept;

void close_on_exec(int fd) noexcept;

long chdir(const char* path) noexcept;
void umask(unsigned mask) noexcept;
long set_limit(unsigned resource, std::uint64_t soft, std::uint64_t hard) noexcept;

struct Ids {
    std::uint32_t real = 0;
    std::uint32_t effective = 0;
    std::uint32_t saved = 0;

    bool all(std::uint32_t id) const noexcept
    {
        return real == id && effective == id && saved == id;
    }
};

Ids user_ids() noexcept;
Ids group_ids() noexcept;
long set_user(std::uint32_t uid) noexcept;
long set_group(std::uint32_t gid) noexcept;
long groups(std::span<std::uint32_t> result) noexcept;
long set_groups(std::span<const std::uint32_t> list) noexcept;

struct CapabilitySets {
    std::uint64_t effective = 0;
    std::uint64_t permitted = 0;
    std::uint64_t inheritable = 0;

    bool operator==(const CapabilitySets&) const = default;
};

long get_capabilities(CapabilitySets& sets) noexcept;
long set_capabilities(const CapabilitySets& sets) noexcept;

// prctl(2) with the arguments an operation has; the others are 0, as newer operations demand.
long control(int operation, std::uintptr_t a = 0, std::uintptr_t b = 0) noexcept;

// seccomp(SECCOMP_SET_MODE_FILTER): `program` is `count` struct sock_filter, 8-aligned.
long set_filter(unsigned flags, const std::byte* program, std::size_t count) noexcept;

// landlock(7). The version, or why there is none; rules by descriptor; TCP and UDP ports. `abi`
// decides how long the kernel's struct is.
long landlock_version() noexcept;
long landlock_create(std::uint64_t files, std::uint64_t ports, std::uint64_t scopes,
                     int abi) noexcept;
long landlock_add_path(int ruleset, int path, std::uint64_t access) noexcept;
long landlock_add_port(int ruleset, std::uint16_t port, std::uint64_t access) noexcept;
long landlock_restrict(int ruleset) noexcept;

long random(std::span<std::byte> buffer) noexcept;  // getrandom(2), never short

// Runs `run(argument)` in a child that shares our memory on a stack of its own, and comes back when
// the child has called execve or ended: the child's pid. `run` never returns.
long spawn(int (*run)(void*), void* argument, std::span<std::byte> stack) noexcept;

// `cookie` travels in the sixth argument register, which the kernel does not read.
long execute(const char* path, char* const* arguments, char* const* environment,
             std::uint64_t cookie) noexcept;

// A stream socket that does not wait, and its connection: -EINPROGRESS until it polls writable.
long stream_socket(int family) noexcept;
long connect(int fd, const void* address, unsigned size) noexcept;
long socket_error(int fd) noexcept;  // 0, or -errno of the finished connect
// Waits until `fd` polls for `events`, at most `milliseconds`: 1, 0 when the time is over, -errno.
long wait_for(int fd, short events, std::int64_t milliseconds) noexcept;

// madvise(2): drops the pages of a range; makes a range a mapping of its own (by MADV_DONTDUMP,
// whose only other effect is that core dumps leave it out).
void give_back(std::uintptr_t from, std::size_t length) noexcept;
void keep_apart(std::uintptr_t from, std::size_t length) noexcept;
std::int64_t milliseconds() noexcept;  // CLOCK_MONOTONIC
void sleep(std::int64_t milliseconds) noexcept;
long power_off() noexcept;
[[noreturn]] void exit(int status) noexcept;

}  // namespace outis::init::sys
