#include "process.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <iterator>
#include <sstream>
#include <system_error>

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "process_child.h"
#include "pty.h"

namespace outis::tests {
namespace {

constexpr std::size_t kMostOutput = 1 << 22;

[[noreturn]] void fail(const char* doing)
{
    throw std::system_error(errno, std::generic_category(), doing);
}

struct Pipe {
    Fd reader;
    Fd writer;
};

Pipe make_pipe()
{
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) < 0)
        fail("making a pipe");
    return Pipe{.reader = Fd(ends[0]), .writer = Fd(ends[1])};
}

void set_nonblocking(int fd, bool on)
{
    const int flags = fcntl(fd, F_GETFL);
    fcntl(fd, F_SETFL, on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK);
}

void fill(int fd)
{
    set_nonblocking(fd, true);
    const std::string block(4096, '.');
    while (write(fd, block.data(), block.size()) > 0) {
    }
    while (write(fd, ".", 1) > 0) {
    }
    set_nonblocking(fd, false);
}

// What is there, without waiting. False at the end of the stream.
bool drain(int fd, std::string& text)
{
    std::array<char, 65536> block;
    for (;;) {
        const ssize_t got = read(fd, block.data(), block.size());
        if (got < 0)
            return errno == EAGAIN || errno == EINTR;
        if (got == 0)
            return false;
        if (text.size() < kMostOutput)
            text.append(block.data(), static_cast<std::size_t>(got));
    }
}

// Orphans of what we started come to us, so that they can be ended by their ids; and who reads no
// more is an error of one test, not our end.
void prepare_harness()
{
    signal(SIGPIPE, SIG_IGN);
    if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
        fail("becoming a subreaper");
}

// AddressSanitizer cannot know the stack of a vfork's child and says so, once and in three lines;
// what it says of errors stays.
std::string without_stack_notice(const std::string& text)
{
    constexpr std::string_view kNotice = "WARNING: ASan is ignoring requested";
    const std::size_t notice = text.find(kNotice);
    if (notice == std::string::npos)
        return text;
    std::size_t end = notice;
    for (int line = 0; line < 3 && end != std::string::npos; ++line)
        end = text.find('\n', end + 1);
    const std::size_t start = text.rfind('\n', notice) + 1;  // npos + 1 is the beginning
    return text.substr(0, start) + (end == std::string::npos ? "" : text.substr(end + 1));
}

}  // namespace

void end_children()
{
    for (;;) {
        const std::vector<pid_t> children = children_of(getpid());
        if (children.empty())
            return;
        for (const pid_t pid : children) {
            kill(pid, SIGKILL);
            waitpid(pid, nullptr, __WALL);
        }
    }
}

std::string Ended::outcome() const
{
    if (hung)
        return "hangs";
    return signal != 0 ? "signal " + std::to_string(signal) : std::to_string(code);
}

Process::Process(const Setup& setup)
{
    prepare_harness();
    Pipe input = make_pipe();
    Pipe output = make_pipe();
    Pipe errors = make_pipe();
    Pipe report = make_pipe();
    Terminal terminal;
    if (setup.terminal)
        terminal = open_terminal();
    if (setup.stderr_full)
        fill(errors.writer.get());

    pid_ = fork_for(setup);
    if (pid_ < 0)
        fail("starting the program under test");
    if (pid_ == 0) {
        become_program(setup, Streams{
                                  .input = input.reader.get(),
                                  .output = output.writer.get(),
                                  .errors = errors.writer.get(),
                                  .terminal = terminal.program.get(),
                                  .report = report.writer.get(),
                              });
    }
    handle_ = Fd(static_cast<int>(syscall(SYS_pidfd_open, pid_, 0)));
    report.writer.reset();
    std::string trouble;
    drain(report.reader.get(), trouble);  // until execve closes it
    if (!trouble.empty())
        throw std::runtime_error("in the child: " + trouble);

    if (setup.terminal) {
        output_ = std::move(terminal.outside);
        input_ = Fd(fcntl(output_.get(), F_DUPFD_CLOEXEC, 3));
    } else {
        input_ = std::move(input.writer);
        output_ = std::move(output.reader);
        if (!setup.stderr_full)
            errors_ = std::move(errors.reader);
        else
            unread_ = std::move(errors.reader);
    }
    set_nonblocking(output_.get(), true);
    if (errors_.open())
        set_nonblocking(errors_.get(), true);
}

Process::~Process()
{
    if (pid_ > 0 && !reaped_) {
        kill(pid_, SIGKILL);
        waitpid(pid_, nullptr, 0);
    }
    end_children();
}

void Process::send(int signal) const
{
    if (kill(pid_, signal) < 0)
        fail("sending a signal");
}

void Process::queue(int signal, int value) const
{
    sigval payload{};
    payload.sival_int = value;
    if (sigqueue(pid_, signal, payload) < 0)
        fail("queueing a signal");
}

bool Process::write_input(std::string_view text) const
{
    const ssize_t written = write(input_.get(), text.data(), text.size());
    if (written < 0 && errno != EPIPE)
        fail("writing to the program under test");
    return written == static_cast<ssize_t>(text.size());
}

// Waits for output or the end. True when the program has ended or the time is over.
bool Process::collect(int milliseconds)
{
    std::array<pollfd, 3> watched{{
        {.fd = handle_.get(), .events = POLLIN, .revents = 0},
        {.fd = output_.get(), .events = POLLIN, .revents = 0},
        {.fd = errors_.get(), .events = POLLIN, .revents = 0},
    }};
    const int ready = poll(watched.data(), watched.size(), std::max(milliseconds, 0));
    if (output_.open() && !drain(output_.get(), out_))
        output_.reset();
    if (errors_.open() && !drain(errors_.get(), err_))
        errors_.reset();
    return ready == 0 || (watched[0].revents & POLLIN) != 0;
}

bool Process::wait_for(const std::string& stream, std::string_view text, int milliseconds)
{
    const std::int64_t until = now_milliseconds() + milliseconds;
    bool over = false;
    while (stream.find(text) == std::string::npos) {
        if (over)
            return false;
        over = collect(static_cast<int>(until - now_milliseconds()));
    }
    return true;
}

bool Process::says(std::string_view text, int milliseconds)
{
    return wait_for(out_, text, milliseconds);
}

bool Process::complains(std::string_view text, int milliseconds)
{
    return wait_for(err_, text, milliseconds);
}

int Process::stop_signal(int milliseconds)
{
    const std::int64_t until = now_milliseconds() + milliseconds;
    while (now_milliseconds() < until) {
        siginfo_t info{};
        if (waitid(P_PID, static_cast<id_t>(pid_), &info, WSTOPPED | WNOHANG) == 0 &&
            info.si_pid == pid_)
            return info.si_status;
        wait_a_little();
    }
    return 0;
}

Ended Process::wait(int milliseconds)
{
    const std::int64_t until = now_milliseconds() + milliseconds;
    siginfo_t info{};
    for (;;) {
        const bool over = collect(static_cast<int>(until - now_milliseconds()));
        info = {};
        if (over && waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG) == 0 &&
            info.si_pid == pid_)
            break;
        if (now_milliseconds() >= until)
            return Ended{.hung = true, .code = -1, .signal = 0, .out = out_, .err = err_};
    }
    reaped_ = true;
    collect(0);
    const bool exited = info.si_code == CLD_EXITED;
    return Ended{
        .hung = false,
        .code = exited ? info.si_status : -1,
        .signal = exited ? 0 : info.si_status,
        .out = out_,
        .err = without_stack_notice(err_),
    };
}

Ended run(const Setup& setup, int milliseconds)
{
    return Process(setup).wait(milliseconds);
}

bool can_make_namespaces()
{
    static const bool can = [] {
        Setup probe;
        probe.pid_namespace = true;
        const pid_t pid = fork_for(probe);
        if (pid == 0)
            _exit(0);
        return pid > 0 && waitpid(pid, nullptr, 0) == pid;
    }();
    return can;
}

std::string proc_text(pid_t pid, std::string_view file)
{
    // Not by a stream: a process that ends while its file is read makes one throw.
    const std::string path = "/proc/" + std::to_string(pid) + "/" + std::string(file);
    const Fd opened(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    std::string text;
    if (opened.open())
        drain(opened.get(), text);
    return text;
}

std::string proc_field(pid_t pid, std::string_view file, std::string_view name)
{
    std::istringstream text(proc_text(pid, file));
    for (std::string line; std::getline(text, line);) {
        if (line.starts_with(name) && line.size() > name.size() && line[name.size()] == ':') {
            const std::size_t start = line.find_first_not_of(" \t", name.size() + 1);
            return start == std::string::npos ? "" : line.substr(start);
        }
    }
    return {};
}

std::vector<pid_t> children_of(pid_t pid)
{
    const std::string id = std::to_string(pid);
    std::istringstream text(proc_text(pid, "task/" + id + "/children"));
    return {std::istream_iterator<pid_t>(text), std::istream_iterator<pid_t>()};
}

std::string link_target(const std::string& path)
{
    std::array<char, 4096> text;
    const ssize_t length = readlink(path.c_str(), text.data(), text.size());
    return length < 0 ? std::string() : std::string(text.data(), static_cast<std::size_t>(length));
}

std::int64_t now_milliseconds()
{
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return std::int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}

void wait_a_little()
{
    poll(nullptr, 0, 2);
}

}  // namespace outis::tests
