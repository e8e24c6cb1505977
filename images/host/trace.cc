#include "host/trace.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/openat2.h>
#include <linux/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/input.h"
#include "host/interrupt.h"
#include "host/own_root.h"
#include "outis/base/bytes.h"
#include "outis/base/fd.h"

namespace outis::images::host {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kMaxOpened = 200'000;
constexpr std::chrono::seconds kGrace{3};  // between TERM and KILL
#if defined(__x86_64__)
constexpr std::uint32_t kOwnCalls = AUDIT_ARCH_X86_64;
#else
constexpr std::uint32_t kOwnCalls = AUDIT_ARCH_AARCH64;
#endif
constexpr int kCallStop = SIGTRAP | 0x80;  // PTRACE_O_TRACESYSGOOD
constexpr std::uintptr_t kOptions = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK |
                                    PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC |
                                    PTRACE_O_EXITKILL;

// glibc's <sys/ptrace.h> lacks the record of a call, and cannot stand beside the kernel's header.
long trace_request(unsigned long request, pid_t pid, std::uintptr_t address, std::uintptr_t data)
{
    return ::syscall(SYS_ptrace, request, pid, address, data);
}

// Up to `size` bytes of the traced process; fewer where its memory ends.
std::string memory_of(pid_t pid, std::uint64_t address, std::size_t size)
{
    std::string bytes(size, '\0');
    std::size_t done = 0;
    while (done < size) {
        // Page by page, so that the end of a mapping cuts off no more than it must.
        constexpr std::size_t kPage = 4096;
        const std::uint64_t from = address + done;
        const std::size_t length = std::min<std::size_t>(size - done, kPage - from % kPage);
        const iovec local{.iov_base = bytes.data() + done, .iov_len = length};
        const iovec remote{.iov_base = reinterpret_cast<void*>(from), .iov_len = length};
        const ssize_t got = ::process_vm_readv(pid, &local, 1, &remote, 1, 0);
        if (got <= 0)
            break;
        done += static_cast<std::size_t>(got);
        if (bytes.find('\0', done - static_cast<std::size_t>(got)) < done)
            break;
    }
    bytes.resize(done);
    return bytes;
}

std::string text_of(pid_t pid, std::uint64_t address)
{
    const std::string bytes = memory_of(pid, address, PATH_MAX);
    const std::size_t end = bytes.find('\0');
    return end == std::string::npos ? "" : bytes.substr(0, end);
}

bool reads(std::uint64_t flags)
{
    return (flags & O_ACCMODE) == O_RDONLY && (flags & O_CREAT) == 0;
}

// Which call opens what: the places of its arguments.
struct OpeningCall {
    std::uint64_t number;
    int folder;  // -1: none, the working directory
    int path;
    int flags;  // -1: it executes
    bool flags_in_memory = false;
};

constexpr std::array kOpeningCalls{
#ifdef SYS_open
    OpeningCall{.number = SYS_open, .folder = -1, .path = 0, .flags = 1},
#endif
    OpeningCall{.number = SYS_openat, .folder = 0, .path = 1, .flags = 2},
    OpeningCall{.number = SYS_openat2, .folder = 0, .path = 1, .flags = 2, .flags_in_memory = true},
    OpeningCall{.number = SYS_execve, .folder = -1, .path = 0, .flags = -1},
    OpeningCall{.number = SYS_execveat, .folder = 0, .path = 1, .flags = -1},
};

// "/proc/7/cwd" read by us names a file as our own root has it.
std::string folder_of_process(pid_t pid, std::optional<int> descriptor)
{
    const fs::path link = fs::path("/proc") / std::to_string(pid) /
                          (descriptor ? "fd/" + std::to_string(*descriptor) : "cwd");
    std::error_code error;
    return fs::read_symlink(link, error).string();
}

class Tracer {
public:
    Tracer(pid_t first, fs::path root) : first_(first), root_(std::move(root)) {}

    Result<Traced, Error> follow(std::chrono::seconds limit)
    {
        using SteadyClock = std::chrono::steady_clock;
        auto until = SteadyClock::now() + limit;
        int signal = SIGTERM;  // at the next limit
        for (;;) {
            int status = 0;
            const pid_t pid = ::waitpid(-1, &status, __WALL | WNOHANG);
            if (pid > 0) {
                take(pid, status);
                continue;
            }
            if (pid < 0 && ended_)
                break;  // and so has everybody whom it started
            if (pid < 0)
                return unavailable("the traced program was lost: " + reason(errno));
            OUTIS_TRY(check_interrupts());
            if (SteadyClock::now() > until) {
                traced_.cut_short = traced_.cut_short || !ended_;
                signal_all(std::exchange(signal, SIGKILL));
                until = SteadyClock::now() + kGrace;
            }
            wait_for_a_change();
        }
        traced_.opened.assign(opened_.begin(), opened_.end());
        return std::move(traced_);
    }

    // A daemon has left the group of the program that started it. Whoever has been waited for is
    // left out: the number may be somebody else's by now.
    void signal_all(int signal) const
    {
        if (!ended_ && !known_.contains(first_))
            ::kill(first_, signal);
        for (const pid_t pid : known_)
            ::kill(pid, signal);
    }

private:
    // Until a child stops or ends, or a while has passed in which an interruption may have come.
    static void wait_for_a_change()
    {
        sigset_t child;
        ::sigemptyset(&child);
        ::sigaddset(&child, SIGCHLD);
        const timespec while_{.tv_sec = 0, .tv_nsec = 100'000'000};
        ::sigtimedwait(&child, nullptr, &while_);
    }

    void take(pid_t pid, int status)
    {
        if (!WIFSTOPPED(status)) {
            pending_.erase(pid);
            known_.erase(pid);
            if (pid == first_) {
                ended_ = true;
                traced_.exit_code =
                    WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
            }
            return;
        }
        int deliver = 0;
        if (known_.insert(pid).second)
            trace_request(PTRACE_SETOPTIONS, pid, 0, kOptions);  // its first stop is ours
        else if (WSTOPSIG(status) == kCallStop)
            take_call(pid);
        else if (status >> 16 == 0)
            deliver = WSTOPSIG(status);
        trace_request(PTRACE_SYSCALL, pid, 0, static_cast<std::uintptr_t>(deliver));
    }

    void take_call(pid_t pid)
    {
        ptrace_syscall_info info{};
        trace_request(PTRACE_GET_SYSCALL_INFO, pid, sizeof info,
                      reinterpret_cast<std::uintptr_t>(&info));
        if (info.arch != kOwnCalls)
            return;
        if (info.op == PTRACE_SYSCALL_INFO_ENTRY) {
            if (auto path = opening(pid, info))
                pending_[pid] = std::move(*path);
        } else if (info.op == PTRACE_SYSCALL_INFO_EXIT) {
            const auto asked = pending_.find(pid);
            if (asked == pending_.end())
                return;
            if (info.exit.rval >= 0 && opened_.size() < kMaxOpened)
                opened_.insert(asked->second);
            pending_.erase(asked);
        }
    }

    // The path in the root that a call is about to open for reading, or to execute.
    [[nodiscard]] std::optional<std::string> opening(pid_t pid,
                                                     const ptrace_syscall_info& info) const
    {
        const auto* call = std::ranges::find(kOpeningCalls, info.entry.nr, &OpeningCall::number);
        if (call == kOpeningCalls.end())
            return std::nullopt;
        const auto argument = [&](int place) { return info.entry.args[place]; };
        if (call->flags >= 0) {
            std::uint64_t flags = argument(call->flags);
            if (call->flags_in_memory) {
                const std::string how = memory_of(pid, flags, sizeof(std::uint64_t));
                if (how.size() < sizeof flags)
                    return std::nullopt;
                flags = load_le64(as_bytes(how), offsetof(open_how, flags));
            }
            if (!reads(flags))
                return std::nullopt;
        }
        std::string path = text_of(pid, argument(call->path));
        if (path.starts_with('/'))
            return path;
        std::optional<int> folder;
        if (call->folder >= 0 && static_cast<int>(argument(call->folder)) != AT_FDCWD)
            folder = static_cast<int>(argument(call->folder));
        std::string base = folder_of_process(pid, folder);
        const std::string root = root_ == "/" ? "" : root_.string();
        if (!base.starts_with(root + "/") && base != root)
            return std::nullopt;
        base.erase(0, root.size());
        return path.empty() ? base : base + "/" + path;
    }

    pid_t first_;
    fs::path root_;
    bool ended_ = false;
    std::set<pid_t> known_;
    std::map<pid_t, std::string> pending_;  // what a call that has begun asks for
    std::set<std::string> opened_;
    Traced traced_;
};

std::vector<char*> pointers_to(const std::vector<std::string>& words)
{
    std::vector<char*> pointers;
    for (const std::string& word : words)
        pointers.push_back(const_cast<char*>(word.c_str()));
    pointers.push_back(nullptr);
    return pointers;
}

// Which step failed, for the parent.
enum class Step : int { bare, chroot, trace, exec };

// In the child: only system calls from here on.
[[noreturn]] void become(const TraceRequest& request, char* const* arguments,
                         char* const* environment, int report)
{
    const auto say = [&](Step step, int error) {
        const std::array<int, 2> failure{static_cast<int>(step), error};
        [[maybe_unused]] const ssize_t written = ::write(report, failure.data(), sizeof failure);
    };
    const auto fail = [&](Step step, int error) {
        say(step, error);
        ::_exit(1);
    };
    ::setpgid(0, 0);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::dup2(STDERR_FILENO, STDOUT_FILENO);
    const int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (nothing >= 0)
        ::dup2(nothing, STDIN_FILENO);
    if (request.root != "/") {
        const OwnRoot root = enter_root(request.root.c_str());
        if (root.error != 0)
            fail(Step::chroot, root.error);
        if (root.mounts == RootMounts::none)
            say(Step::bare, 0);
    }
    if (trace_request(PTRACE_TRACEME, 0, 0, 0) != 0)
        fail(Step::trace, errno);
    ::raise(SIGSTOP);
    ::execvpe(arguments[0], arguments, environment);
    fail(Step::exec, errno);
    ::_exit(1);
}

Failure<Error> start_failure(const TraceRequest& request, Step step, int error)
{
    if (step == Step::chroot)
        return unavailable("cannot enter the root '" + request.root.string() +
                           "' to trace in it: " + reason(error) +
                           "; run as root, or allow user namespaces "
                           "(kernel.unprivileged_userns_clone, user.max_user_namespaces)");
    if (step == Step::trace)
        return unavailable("cannot trace programs here: " + reason(error));
    return unavailable("cannot run '" + request.arguments.front() +
                       "' to trace it: " + reason(error));
}

// SIGCHLD waits to be asked for while one of these lives.
class HeldChildSignals {
public:
    HeldChildSignals()
    {
        sigset_t child;
        ::sigemptyset(&child);
        ::sigaddset(&child, SIGCHLD);
        ::sigprocmask(SIG_BLOCK, &child, &before_);
    }

    HeldChildSignals(const HeldChildSignals&) = delete;
    HeldChildSignals& operator=(const HeldChildSignals&) = delete;

    ~HeldChildSignals() { ::sigprocmask(SIG_SETMASK, &before_, nullptr); }

private:
    sigset_t before_{};
};

}  // namespace

Result<Traced, Error> trace_opens(const TraceRequest& request)
{
    const HeldChildSignals held;
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0)
        return unavailable("cannot open a pipe: " + reason(errno));
    const Fd report(ends[0]);
    Fd write_end(ends[1]);
    const std::vector<char*> arguments = pointers_to(request.arguments);
    const std::vector<char*> environment = pointers_to(request.environment);
    const pid_t pid = ::fork();
    if (pid < 0)
        return unavailable("cannot start a program: " + reason(errno));
    if (pid == 0)
        become(request, arguments.data(), environment.data(), write_end.get());
    write_end.reset();
    Tracer tracer(pid, request.root);
    Result<Traced, Error> traced = tracer.follow(request.limit);
    // After an interruption nobody may be left, nor wait for a tracer that is gone.
    tracer.signal_all(SIGKILL);
    int status = 0;
    for (pid_t left = 0; (left = ::waitpid(-1, &status, __WALL)) > 0;) {
        if (WIFSTOPPED(status))
            ::kill(left, SIGKILL);
    }
    std::array<int, 2> failure{};
    bool bare = false;
    while (::read(report.get(), failure.data(), sizeof failure) == sizeof failure) {
        if (static_cast<Step>(failure[0]) != Step::bare)
            return start_failure(request, static_cast<Step>(failure[0]), failure[1]);
        bare = true;
    }
    if (!traced)
        return traced;
    Traced answer = traced.take();
    answer.bare_root = bare;
    return answer;
}

}  // namespace outis::images::host
