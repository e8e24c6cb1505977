#include "landlock_version.h"

#include <array>
#include <cerrno>
#include <cstddef>
#include <memory>
#include <stdexcept>
#include <system_error>
#include <thread>

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

namespace outis::tests {
namespace {

// linux/landlock.h
constexpr std::uint64_t kVersionQuery = 1;
constexpr std::uint64_t kPathRule = 1;

// Every Landlock call waits for us. For this thread, and what it starts.
Fd notify_of_landlock()
{
    std::array<sock_filter, 6> program{{
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_landlock_create_ruleset, 3, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_landlock_add_rule, 2, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_landlock_restrict_self, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
    }};
    const sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
    return Fd(static_cast<int>(
        syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &filter)));
}

class Supervisor {
public:
    Supervisor(int listener, int program, const LandlockAnswer& answer)
        : listener_(listener),
          program_(program),
          answer_(answer),
          ours_(answer.version > real_landlock())
    {
    }

    // Until the program has ended, or the deadline. The listener alone does not tell: before Linux
    // 6.11 a filter is let go when its last process is reaped, not when it exits.
    std::vector<LandlockCall> serve()
    {
        const std::int64_t until = now_milliseconds() + kDeadline;
        for (;;) {
            std::array<pollfd, 2> watched{{
                {.fd = listener_, .events = POLLIN, .revents = 0},
                {.fd = program_, .events = POLLIN, .revents = 0},
            }};
            const auto left = static_cast<int>(until - now_milliseconds());
            if (left <= 0 || poll(watched.data(), watched.size(), left) <= 0 ||
                (watched[0].revents & POLLIN) == 0)
                return std::move(calls_);
            seccomp_notif asked{};
            if (ioctl(listener_, SECCOMP_IOCTL_NOTIF_RECV, &asked) == 0)
                answer_to(asked);
        }
    }

private:
    template <typename T>
    T copy_of(pid_t pid, std::uint64_t address, std::size_t size = sizeof(T)) const
    {
        T value{};
        const iovec here{&value, std::min(size, sizeof value)};
        const iovec there{reinterpret_cast<void*>(address), here.iov_len};
        if (process_vm_readv(pid, &here, 1, &there, 1, 0) != static_cast<ssize_t>(here.iov_len))
            throw std::system_error(errno, std::generic_category(), "reading what was asked");
        return value;
    }

    LandlockCall rule(const seccomp_notif& asked) const
    {
        const auto pid = static_cast<pid_t>(asked.pid);
        const std::uint64_t address = asked.data.args[2];
        if (asked.data.args[1] != kPathRule) {
            const auto port = copy_of<std::array<std::uint64_t, 2>>(pid, address);
            return {.what = "port " + std::to_string(port[1]), .access = port[0]};
        }
        const auto access = copy_of<std::uint64_t>(pid, address);
        const auto file = copy_of<std::int32_t>(pid, address + sizeof access);
        return {.what = "path " +
                        link_target("/proc/" + std::to_string(pid) + "/fd/" + std::to_string(file)),
                .access = access};
    }

    void answer_to(const seccomp_notif& asked)
    {
        const auto pid = static_cast<pid_t>(asked.pid);
        const bool creates = asked.data.nr == SYS_landlock_create_ruleset;
        if (creates && asked.data.args[2] == kVersionQuery) {
            send({.id = asked.id, .val = answer_.version, .error = -answer_.error, .flags = 0});
            return;
        }
        if (creates) {
            const auto set =
                copy_of<std::array<std::uint64_t, 3>>(pid, asked.data.args[0], asked.data.args[1]);
            calls_.push_back({.what = "create",
                              .size = asked.data.args[1],
                              .access = set[0],
                              .ports = set[1],
                              .scopes = set[2]});
        } else if (asked.data.nr == SYS_landlock_add_rule) {
            calls_.push_back(rule(asked));
        } else {
            calls_.push_back({.what = "restrict"});
        }
        if (ours_ && creates)
            give_descriptor(asked);
        else
            send({.id = asked.id,
                  .val = 0,
                  .error = 0,
                  .flags = ours_ ? 0U : std::uint32_t{SECCOMP_USER_NOTIF_FLAG_CONTINUE}});
    }

    // In the place of a ruleset that this kernel cannot make: something to be closed.
    void give_descriptor(const seccomp_notif& asked) const
    {
        const Fd null(open("/dev/null", O_RDONLY | O_CLOEXEC));
        seccomp_notif_addfd added{};
        added.id = asked.id;
        added.flags = SECCOMP_ADDFD_FLAG_SEND;
        added.srcfd = static_cast<std::uint32_t>(null.get());
        added.newfd_flags = O_CLOEXEC;
        if (ioctl(listener_, SECCOMP_IOCTL_NOTIF_ADDFD, &added) < 0)
            throw std::system_error(errno, std::generic_category(), "giving a descriptor");
    }

    void send(seccomp_notif_resp response) const
    {
        // ENOENT: who asked has ended meanwhile.
        if (ioctl(listener_, SECCOMP_IOCTL_NOTIF_SEND, &response) < 0 && errno != ENOENT)
            throw std::system_error(errno, std::generic_category(), "answering");
    }

    int listener_;
    int program_;  // pidfd
    LandlockAnswer answer_;
    bool ours_;
    std::vector<LandlockCall> calls_;
};

}  // namespace

int real_landlock()
{
    const long version = syscall(SYS_landlock_create_ruleset, nullptr, 0, kVersionQuery);
    return version < 0 ? 0 : static_cast<int>(version);
}

LandlockRun run_with_landlock(const Setup& setup, const LandlockAnswer& answer)
{
    // A filter belongs to a thread, so one that ends takes it along; what it starts keeps it.
    Fd listener;
    std::unique_ptr<Process> process;
    std::string trouble;
    std::thread starter([&] {
        try {
            listener = notify_of_landlock();
            if (!listener.open())
                throw std::system_error(errno, std::generic_category(), "asking to be notified");
            process = std::make_unique<Process>(setup);
        } catch (const std::exception& error) {
            trouble = error.what();
        }
    });
    starter.join();
    if (!process)
        throw std::runtime_error(trouble);
    LandlockRun result;
    const Fd program(static_cast<int>(syscall(SYS_pidfd_open, process->pid(), 0)));
    result.calls = Supervisor(listener.get(), program.get(), answer).serve();
    result.end = process->wait();
    return result;
}

}  // namespace outis::tests
