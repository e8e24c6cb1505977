#include "loaded_filter.h"

#include <cerrno>
#include <csignal>
#include <set>
#include <system_error>

#include <fcntl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "outis/base/fd.h"
#include "outis/base/filter.h"

namespace outis::tests {
namespace {

// <linux/ptrace.h> cannot be included beside <sys/ptrace.h>.
constexpr auto kGetFilter = static_cast<__ptrace_request>(0x420C);
constexpr long kOptions = PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK |
                          PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC;

[[noreturn]] void throw_errno(const char* what)
{
    throw std::system_error(errno, std::generic_category(), what);
}

long ask(__ptrace_request request, pid_t pid, long first, const void* second)
{
    // NOLINTNEXTLINE(performance-no-int-to-ptr): the kernel takes numbers and pointers in one
    // place.
    return ptrace(request, pid, reinterpret_cast<void*>(first), const_cast<void*>(second));
}

long ask(__ptrace_request request, pid_t pid, long first, long second)
{
    // NOLINTNEXTLINE(performance-no-int-to-ptr)
    return ask(request, pid, first, reinterpret_cast<const void*>(second));
}

// The one that the stopped process has loaded as number `index`, from 0, or nothing.
LoadedFilter filter_of(pid_t pid, long index = 0)
{
    const long count = ask(kGetFilter, pid, index, nullptr);
    if (count < 0 && (errno == ENOENT || errno == EINVAL || errno == ESRCH))
        return {};
    if (count < 0)
        throw_errno("reading a loaded filter");
    LoadedFilter filter(static_cast<std::size_t>(count) * filter::kInstructionSize);
    if (ask(kGetFilter, pid, index, filter.data()) < 0)
        throw_errno("reading a loaded filter");
    return filter;
}

[[noreturn]] void execute(const std::vector<std::string>& command, int until_traced)
{
    char byte = 0;
    if (read(until_traced, &byte, 1) != 1)
        _exit(126);
    std::vector<char*> arguments;
    for (const std::string& word : command)
        arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    execvp(arguments.front(), arguments.data());
    _exit(127);
}

pid_t start_traced(const std::vector<std::string>& command)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        throw_errno("pipe2");
    const Fd read_end(ends[0]);
    const Fd write_end(ends[1]);
    const pid_t child = fork();
    if (child < 0)
        throw_errno("fork");
    if (child == 0)
        execute(command, ends[0]);
    if (ask(PTRACE_SEIZE, child, 0, kOptions) != 0) {
        const int error = errno;
        kill(child, SIGKILL);
        waitpid(child, nullptr, 0);
        errno = error;
        throw_errno("PTRACE_SEIZE");
    }
    if (write(ends[1], "", 1) != 1)
        throw_errno("write");
    return child;
}

void end_all(const std::set<pid_t>& traced)
{
    for (const pid_t pid : traced)
        kill(pid, SIGKILL);
    while (waitpid(-1, nullptr, __WALL) > 0 || errno == EINTR) {
    }
}

// What the stopped process is to be continued with.
long signal_of(int status)
{
    const bool of_ptrace = status >> 16 != 0 || WSTOPSIG(status) == (SIGTRAP | 0x80);
    return of_ptrace ? 0 : WSTOPSIG(status);
}

}  // namespace

LoadedFilter loaded_filter(const std::vector<std::string>& command)
{
    std::set<pid_t> traced{start_traced(command)};
    LoadedFilter found;
    while (found.empty()) {
        int status = 0;
        const pid_t pid = waitpid(-1, &status, __WALL);
        if (pid < 0 && errno == ECHILD)
            break;
        if (pid < 0)
            continue;
        if (!WIFSTOPPED(status)) {
            traced.erase(pid);
            continue;
        }
        traced.insert(pid);
        found = filter_of(pid);
        if (found.empty())
            ask(PTRACE_SYSCALL, pid, 0, signal_of(status));
    }
    end_all(traced);
    return found;
}

LoadedFilter filter_of_running(pid_t pid)
{
    if (ask(PTRACE_SEIZE, pid, 0, 0L) != 0 || ask(PTRACE_INTERRUPT, pid, 0, 0L) != 0)
        throw_errno("stopping a process");
    if (waitpid(pid, nullptr, __WALL) != pid)
        throw_errno("waiting for a process to stop");
    LoadedFilter last;
    for (long index = 0;; ++index) {
        LoadedFilter next = filter_of(pid, index);
        if (next.empty())
            break;
        last.swap(next);
    }
    if (ask(PTRACE_DETACH, pid, 0, 0L) != 0)
        throw_errno("letting a process go on");
    return last;
}

}  // namespace outis::tests
