#include "process_child.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include <fcntl.h>
#include <grp.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace outis::tests {
namespace {

constexpr int kSignals = 64;
constexpr int kReportFd = 1000;  // out of the way of every number that a row may name

class Child {
public:
    Child(const Setup& setup, const Streams& streams) : setup_(setup), streams_(streams) {}

    [[noreturn]] void become()
    {
        report_ = fcntl(streams_.report, F_DUPFD_CLOEXEC, kReportFd);
        must(report_, "keep the report pipe");
        make_file_view();
        place_streams();
        place_descriptors();
        limit();
        set_dispositions();
        if (streams_.traced) {
            must(ptrace(PTRACE_TRACEME, 0, nullptr, nullptr), "be traced");
            must(kill(getpid(), SIGSTOP), "wait for the tracer");
        }
        take_ids();
        refuse_call();
        set_mask();
        execute();
    }

private:
    [[noreturn]] void fail(const char* doing) const
    {
        const std::string text = std::string(doing) + ": " + std::strerror(errno);
        [[maybe_unused]] const auto written = write(report_, text.data(), text.size());
        _exit(255);
    }

    void must(long answer, const char* doing) const
    {
        if (answer < 0)
            fail(doing);
    }

    void make_file_view()
    {
        if (setup_.pid_namespace) {
            must(mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "own the mounts");
            const char* type = setup_.proc ? "proc" : "tmpfs";
            must(mount(type, "/proc", type, 0, nullptr), "mount /proc");
        }
        if (!setup_.root.empty())
            must(chroot(setup_.root.c_str()), "change the root");
        must(chdir(setup_.directory.c_str()), "enter the directory");
    }

    void place(int from, int to) const
    {
        if (from >= 0) {
            must(dup2(from, to), "place a stream");
            return;
        }
        const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
        if (null < 0)
            return;  // a root without devices: the stream stays closed
        must(dup2(null, to), "place /dev/null");
    }

    void place_streams() const
    {
        must(setsid(), "make a session");
        if (streams_.terminal >= 0) {
            must(ioctl(streams_.terminal, TIOCSCTTY, 0), "take the terminal");
            for (int fd = 0; fd <= 2; ++fd)
                place(streams_.terminal, fd);
        } else {
            place(streams_.input, 0);
            place(streams_.output, 1);
            place(streams_.errors, 2);
        }
        for (const int fd : setup_.closed)
            close(fd);
    }

    void place_descriptors() const
    {
        must(syscall(SYS_close_range, 3U, ~0U, 4U), "mark descriptors");  // CLOSE_RANGE_CLOEXEC
        for (const int fd : setup_.leaked) {
            const int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
            must(null, "open /dev/null");
            must(dup2(null, fd), "leak a descriptor");
            if (null == fd)
                must(fcntl(fd, F_SETFD, 0), "leak a descriptor");
        }
    }

    void limit() const
    {
        if (!setup_.most_processes)
            return;
        const rlimit limit{*setup_.most_processes, *setup_.most_processes};
        must(setrlimit(RLIMIT_NPROC, &limit), "limit the processes");
    }

    // All from 1 to 64, for the harness itself may have been started with some ignored.
    void set_dispositions() const
    {
        struct {
            std::uintptr_t handler;
            unsigned long flags;
            std::uintptr_t restorer;
            SignalSet mask;
        } action{};

        for (int signal = 1; signal <= kSignals; ++signal) {
            if (signal == SIGKILL || signal == SIGSTOP)
                continue;
            action.handler = (setup_.ignored & signals({signal})) != 0 ? 1 : 0;
            must(syscall(SYS_rt_sigaction, signal, &action, nullptr, sizeof action.mask),
                 "set a disposition");
        }
    }

    void take_ids() const
    {
        for (const int capability : setup_.dropped_capabilities)
            must(prctl(PR_CAPBSET_DROP, capability, 0, 0, 0), "drop a capability");
        if (!setup_.uid)
            return;
        must(setgroups(0, nullptr), "leave the groups");
        must(setresgid(setup_.real_gid.value_or(*setup_.uid), *setup_.uid, *setup_.uid),
             "change the group");
        must(setresuid(setup_.real_uid.value_or(*setup_.uid), *setup_.uid, *setup_.uid),
             "change the user");
    }

    void refuse_call() const
    {
        if (!setup_.refused)
            return;
        const auto number = static_cast<std::uint32_t>(setup_.refused->number);
        const std::uint32_t verdict =
            setup_.refused->trap ? SECCOMP_RET_TRAP
                                 : SECCOMP_RET_ERRNO | std::uint32_t{setup_.refused->error};
        std::array<sock_filter, 6> program{{
            BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
            BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 3),
            BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args)),
            setup_.refused->first
                ? sock_filter BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, *setup_.refused->first, 0, 1)
                : sock_filter BPF_JUMP(BPF_JMP | BPF_JA, 0, 0, 0),
            BPF_STMT(BPF_RET | BPF_K, verdict),
            BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        }};
        const sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
        if (setup_.uid)  // root may do without
            must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "set no_new_privs");
        must(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter), "refuse a call");
    }

    void set_mask() const
    {
        const SignalSet mask = setup_.blocked;
        must(syscall(SYS_rt_sigprocmask, SIG_SETMASK, &mask, nullptr, sizeof mask), "set the mask");
        if (setup_.pending != 0)
            receive_pending();
    }

    // From another process, as a runtime's would come.
    void receive_pending() const
    {
        const pid_t sender = fork();
        must(sender, "start a sender");
        if (sender == 0) {
            for (int signal = 1; signal <= kSignals; ++signal) {
                if ((setup_.pending & signals({signal})) != 0)
                    kill(getppid(), signal);
            }
            _exit(0);
        }
        must(waitpid(sender, nullptr, 0), "wait for the sender");
    }

    static std::vector<char*> pointers(const std::vector<std::string>& texts)
    {
        std::vector<char*> rows;
        for (const std::string& text : texts)
            rows.push_back(const_cast<char*>(text.c_str()));
        rows.push_back(nullptr);
        return rows;
    }

    [[noreturn]] void execute() const
    {
        std::vector<char*> arguments = pointers(setup_.arguments);
        if (!setup_.name.empty())
            arguments[0] = const_cast<char*>(setup_.name.c_str());
        execve(setup_.arguments[0].c_str(), arguments.data(), pointers(setup_.environment).data());
        fail("execute the program under test");
    }

    const Setup& setup_;
    const Streams& streams_;
    int report_ = -1;
};

}  // namespace

pid_t fork_for(const Setup& setup)
{
    const unsigned long flags = setup.pid_namespace ? CLONE_NEWPID | CLONE_NEWNS : 0;
    return static_cast<pid_t>(syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0));
}

void become_program(const Setup& setup, const Streams& streams)
{
    Child(setup, streams).become();
}

}  // namespace outis::tests
