#include "host/child.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdint>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/input.h"
#include "host/interrupt.h"
#include "host/new_file.h"
#include "outis/base/fd.h"

namespace outis::images::host {

namespace {

constexpr std::size_t kMaxKept = 1 << 20;

struct Pipe {
    Fd read;
    Fd write;
};

Result<Pipe, Error> open_pipe()
{
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0)
        return unavailable("cannot open a pipe: " + reason(errno));
    return Pipe{.read = Fd(ends[0]), .write = Fd(ends[1])};
}

// A pipe from which `text` can be read, and then the end. What fits in a pipe is written at once.
Result<Pipe, Error> filled_pipe(const std::string& text)
{
    if (text.size() > PIPE_BUF)
        return unavailable("more than 4096 bytes for a child to read");
    Pipe pipe = OUTIS_TRY(open_pipe());
    if (!text.empty())
        OUTIS_TRY(write_all(pipe.write.get(), as_bytes(text), "a pipe"));
    pipe.write.reset();
    return pipe;
}

// The lifetimes of what posix_spawn wants prepared.
class SpawnAttributes {
public:
    SpawnAttributes()
    {
        ::posix_spawnattr_init(&attributes_);
        // Our own mask holds interrupts back, which is not the child's affair.
        sigset_t none;
        ::sigemptyset(&none);
        ::posix_spawnattr_setsigmask(&attributes_, &none);
        ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK);
    }

    SpawnAttributes(const SpawnAttributes&) = delete;
    SpawnAttributes& operator=(const SpawnAttributes&) = delete;

    ~SpawnAttributes() { ::posix_spawnattr_destroy(&attributes_); }

    posix_spawnattr_t* get() noexcept { return &attributes_; }

private:
    posix_spawnattr_t attributes_{};
};

class FileActions {
public:
    FileActions() { ::posix_spawn_file_actions_init(&actions_); }

    FileActions(const FileActions&) = delete;
    FileActions& operator=(const FileActions&) = delete;

    ~FileActions() { ::posix_spawn_file_actions_destroy(&actions_); }

    posix_spawn_file_actions_t* get() noexcept { return &actions_; }

private:
    posix_spawn_file_actions_t actions_{};
};

std::vector<std::string> merged_environment(const std::map<std::string, std::string>& changes)
{
    std::vector<std::string> rows;
    for (char** at = environ; *at != nullptr; ++at) {
        const std::string row = *at;
        if (!changes.contains(row.substr(0, row.find('='))))
            rows.push_back(row);
    }
    for (const auto& [name, value] : changes)
        rows.push_back(name + "=" + value);
    return rows;
}

std::vector<char*> pointers(std::vector<std::string>& rows)
{
    std::vector<char*> result;
    for (std::string& row : rows)
        result.push_back(row.data());
    result.push_back(nullptr);
    return result;
}

// Reads what is there; false at the end of the stream.
bool drain(int fd, std::string& into)
{
    std::array<char, 16384> buffer{};
    const ssize_t count = ::read(fd, buffer.data(), buffer.size());
    if (count < 0)
        return errno == EINTR;
    if (count == 0)
        return false;
    const std::size_t room = kMaxKept - std::min(kMaxKept, into.size());
    into.append(buffer.data(), std::min(room, static_cast<std::size_t>(count)));
    return true;
}

// Until the child has closed both. An interruption is passed on to it once.
void collect(Pipe& output, Pipe& messages, pid_t child, ChildAnswer& answer)
{
    const sigset_t signals = interrupting_signals();
    Fd interrupts(::signalfd(-1, &signals, SFD_CLOEXEC));
    while (output.read.open() || messages.read.open()) {
        std::array<pollfd, 3> waiting{pollfd{output.read.get(), POLLIN, 0},
                                      pollfd{messages.read.get(), POLLIN, 0},
                                      pollfd{interrupts.get(), POLLIN, 0}};
        if (::poll(waiting.data(), waiting.size(), -1) < 0)
            continue;
        if (waiting[2].revents != 0) {
            ::kill(child, SIGINT);  // which compilers clean up after
            interrupts.reset();
        }
        if (waiting[0].revents != 0 && !drain(output.read.get(), answer.output))
            output.read.reset();
        if (waiting[1].revents != 0 && !drain(messages.read.get(), answer.messages))
            messages.read.reset();
    }
}

}  // namespace

Result<ChildAnswer, Error> run_child(const ChildRequest& request)
{
    Pipe output = OUTIS_TRY(open_pipe());
    Pipe messages = OUTIS_TRY(open_pipe());
    Pipe input = OUTIS_TRY(filled_pipe(request.input));
    FileActions actions;
    SpawnAttributes attributes;
    ::posix_spawn_file_actions_adddup2(actions.get(), input.read.get(), STDIN_FILENO);
    ::posix_spawn_file_actions_adddup2(actions.get(), output.write.get(), STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(actions.get(), messages.write.get(), STDERR_FILENO);
    if (!request.folder.empty())
        ::posix_spawn_file_actions_addchdir_np(actions.get(), request.folder.c_str());

    std::vector<std::string> arguments = request.arguments;
    std::vector<std::string> environment = merged_environment(request.environment);
    pid_t child = 0;
    const int failed =
        ::posix_spawnp(&child, arguments.front().c_str(), actions.get(), attributes.get(),
                       pointers(arguments).data(), pointers(environment).data());
    if (failed != 0)
        return unavailable("cannot run '" + arguments.front() + "': " + reason(failed));
    output.write.reset();
    messages.write.reset();

    ChildAnswer answer;
    collect(output, messages, child, answer);
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    OUTIS_TRY(check_interrupts());
    answer.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return answer;
}

}  // namespace outis::images::host
