#include "process_trace.h"

#include <cerrno>
#include <csignal>
#include <map>
#include <system_error>

#include <elf.h>
#include <fcntl.h>
#include <linux/ptrace.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "process_child.h"

namespace outis::tests {
namespace {

// glibc's <sys/ptrace.h> and the kernel's define the same names; the kernel's has call records.
long trace_request(unsigned long request, pid_t pid, std::uintptr_t address, std::uintptr_t data)
{
    return syscall(SYS_ptrace, request, pid, address, data);
}

constexpr std::uintptr_t kTraceOptions = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK |
                                         PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |
                                         PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;
constexpr int kCallStop = SIGTRAP | 0x80;

std::string read_all(int fd)
{
    std::string text;
    std::array<char, 65536> block;
    fcntl(fd, F_SETFL, O_NONBLOCK);
    for (ssize_t got = 0; (got = read(fd, block.data(), block.size())) > 0;)
        text.append(block.data(), static_cast<std::size_t>(got));
    return text;
}

constexpr std::int64_t kQuiet = 300;  // milliseconds without a call: all who may run wait

class Tracer {
public:
    Tracer(pid_t first, Pace pace) : pace_(pace) { result_.first = first; }

    Trace follow(int milliseconds)
    {
        const std::int64_t until = now_milliseconds() + milliseconds;
        std::int64_t quiet_since = now_milliseconds();
        while (!ended_) {
            int status = 0;
            const pid_t pid = waitpid(-1, &status, __WALL | WNOHANG);
            const std::int64_t now = now_milliseconds();
            if (pid > 0) {
                take(pid, status);
                quiet_since = now;
            } else if (pid < 0 || now > until) {
                break;
            } else {
                if (now - quiet_since > kQuiet)
                    release_late();
                wait_a_little();
            }
        }
        result_.end.hung = !ended_;
        return std::move(result_);
    }

private:
    void take(pid_t pid, int status)
    {
        if (!WIFSTOPPED(status)) {
            known_.erase(pid);
            if (pid == result_.first)
                note_end(status);
            else if (first_is_held_ && known_.size() == 1)
                let_first_go();
            return;
        }
        const int signal = WSTOPSIG(status);
        int deliver = 0;
        if (!known_.contains(pid)) {
            // The stop that a new process begins with; for the first, the one it asked for.
            known_[pid] = kNone;
            trace_request(PTRACE_SETOPTIONS, pid, 0, kTraceOptions);
            if (pace_ == Pace::late_children && pid != result_.first) {
                late_.push_back(pid);
                return;
            }
        } else if (signal == kCallStop) {
            take_call(pid);
        } else if (status >> 16 == PTRACE_EVENT_EXEC) {
            executed_ = true;
        } else if (is_birth(status >> 16) && pid == result_.first &&
                   pace_ == Pace::early_children) {
            first_is_held_ = true;
            return;
        } else if (status >> 16 == 0) {
            deliver = signal;
        }
        trace_request(PTRACE_SYSCALL, pid, 0, static_cast<std::uintptr_t>(deliver));
    }

    static bool is_birth(int event)
    {
        return event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK ||
               event == PTRACE_EVENT_CLONE;
    }

    void let_first_go()
    {
        first_is_held_ = false;
        trace_request(PTRACE_SYSCALL, result_.first, 0, 0);
    }

    void release_late()
    {
        for (const pid_t pid : late_)
            trace_request(PTRACE_SYSCALL, pid, 0, 0);
        late_.clear();
    }

    void take_call(pid_t pid)
    {
        ptrace_syscall_info info{};
        trace_request(PTRACE_GET_SYSCALL_INFO, pid, sizeof info,
                      reinterpret_cast<std::uintptr_t>(&info));
        if (info.op == PTRACE_SYSCALL_INFO_ENTRY && executed_) {
            Call call{.pid = pid, .number = info.entry.nr, .arguments = {}, .result = 0};
            for (std::size_t i = 0; i < call.arguments.size(); ++i)
                call.arguments[i] = info.entry.args[i];
            known_[pid] = result_.calls.size();
            result_.calls.push_back(call);
        } else if (info.op == PTRACE_SYSCALL_INFO_EXIT && known_[pid] != kNone) {
            result_.calls[known_[pid]].result = info.exit.rval;
        }
    }

    void note_end(int status)
    {
        ended_ = true;
        result_.end.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
        result_.end.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    }

    static constexpr std::size_t kNone = ~std::size_t{0};

    Pace pace_;
    std::vector<pid_t> late_;
    Trace result_;
    std::map<pid_t, std::size_t> known_;  // the call that each process is in
    bool executed_ = false;
    bool first_is_held_ = false;
    bool ended_ = false;
};

}  // namespace

std::vector<Call> Trace::of_first() const
{
    std::vector<Call> found;
    for (const Call& call : calls) {
        if (call.pid == first)
            found.push_back(call);
    }
    return found;
}

std::vector<Call> Trace::of_others() const
{
    std::vector<Call> found;
    for (const Call& call : calls) {
        if (call.pid != first)
            found.push_back(call);
    }
    return found;
}

Trace trace(const Setup& setup, Pace pace, int milliseconds)
{
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    std::array<int, 2> out{};
    std::array<int, 2> err{};
    std::array<int, 2> report{};
    if (pipe2(out.data(), O_CLOEXEC) < 0 || pipe2(err.data(), O_CLOEXEC) < 0 ||
        pipe2(report.data(), O_CLOEXEC) < 0)
        throw std::system_error(errno, std::generic_category(), "making pipes");
    const Fd out_reader(out[0]);
    const Fd err_reader(err[0]);
    const Fd report_reader(report[0]);
    const pid_t pid = fork_for(setup);
    if (pid == 0) {
        become_program(setup, Streams{
                                  .input = -1,
                                  .output = out[1],
                                  .errors = err[1],
                                  .terminal = -1,
                                  .report = report[1],
                                  .traced = true,
                              });
    }
    for (const int writer : {out[1], err[1], report[1]})
        close(writer);
    Trace result = Tracer(pid, pace).follow(milliseconds);
    if (result.end.hung) {
        kill(pid, SIGKILL);
        waitpid(pid, nullptr, __WALL);
        end_children();
    }
    result.end.out = read_all(out_reader.get());
    result.end.err = read_all(err_reader.get()) + read_all(report_reader.get());
    return result;
}

std::string call_name(std::uint64_t number)
{
    static const std::map<std::uint64_t, std::string> kNames
    {
        {SYS_brk, "brk"}, {SYS_capget, "capget"}, {SYS_capset, "capset"}, {SYS_chdir, "chdir"},
            {SYS_clock_gettime, "clock_gettime"}, {SYS_clone, "clone"}, {SYS_clone3, "clone3"},
            {SYS_clock_nanosleep, "clock_nanosleep"}, {SYS_close, "close"},
            {SYS_close_range, "close_range"}, {SYS_execve, "execve"}, {SYS_exit, "exit"},
            {SYS_exit_group, "exit_group"}, {SYS_faccessat, "faccessat"}, {SYS_fchown, "fchown"},
            {SYS_fstat, "fstat"}, {SYS_futex, "futex"}, {SYS_getdents64, "getdents64"},
            {SYS_geteuid, "geteuid"}, {SYS_getgroups, "getgroups"}, {SYS_getpgid, "getpgid"},
            {SYS_getpid, "getpid"}, {SYS_getppid, "getppid"}, {SYS_getresgid, "getresgid"},
            {SYS_getresuid, "getresuid"}, {SYS_ioctl, "ioctl"}, {SYS_kill, "kill"},
            {SYS_madvise, "madvise"}, {SYS_mmap, "mmap"}, {SYS_mprotect, "mprotect"},
            {SYS_munmap, "munmap"}, {SYS_openat, "openat"}, {SYS_ppoll, "ppoll"},
            {SYS_prctl, "prctl"}, {SYS_prlimit64, "prlimit64"}, {SYS_read, "read"},
            {SYS_rt_sigaction, "rt_sigaction"}, {SYS_rt_sigprocmask, "rt_sigprocmask"},
            {SYS_rt_sigqueueinfo, "rt_sigqueueinfo"}, {SYS_rt_sigtimedwait, "rt_sigtimedwait"},
            {SYS_seccomp, "seccomp"}, {SYS_set_tid_address, "set_tid_address"},
            {SYS_setgroups, "setgroups"}, {SYS_setpgid, "setpgid"}, {SYS_setresgid, "setresgid"},
            {SYS_setresuid, "setresuid"}, {SYS_setsid, "setsid"}, {SYS_umask, "umask"},
            {SYS_wait4, "wait4"}, {SYS_write, "write"},
#if defined(__x86_64__)
            {SYS_arch_prctl, "arch_prctl"}, {SYS_open, "open"}, {SYS_vfork, "vfork"},
            {SYS_fork, "fork"},
#endif
    };
    const auto found = kNames.find(number);
    return found == kNames.end() ? std::to_string(number) : found->second;
}

}  // namespace outis::tests
