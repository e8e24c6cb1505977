// Other processes: PID 1 first of all, which belongs to the same user.
#include <csignal>
#include <cstdlib>

#include <fcntl.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "attack.h"

namespace outis::attack {
namespace {

constexpr int kInit = 1;
constexpr const char* kNotDumpable = "docker";
constexpr const char* kRefusedTwice = "- PID 1 is non-dumpable, and most filters refuse it";

// A child that waits for its end.
class Victim {
public:
    Victim() : pid_(fork())
    {
        if (pid_ == 0)
            for (;;)
                pause();
    }

    ~Victim()
    {
        kill(pid_, SIGKILL);
        waitpid(pid_, nullptr, 0);
    }

    Victim(const Victim&) = delete;
    Victim& operator=(const Victim&) = delete;

    int pid() const { return pid_; }

private:
    int pid_;
};

int trace_child()
{
    const Victim victim;
    return call(SYS_ptrace, PTRACE_SEIZE, victim.pid(), 0, 0);
}

int copy_memory(long number, int pid)
{
    static char word[8];
    iovec here{word, sizeof word};
    iovec there{word, sizeof word};
    return call(number, pid, &here, 1, &there, 1, 0);
}

int read_child()
{
    const Victim victim;
    return copy_memory(SYS_process_vm_readv, victim.pid());
}

int open_of_init(const char* path, int flags)
{
    return call(SYS_openat, AT_FDCWD, path, flags);
}

int read_link_of_init(const char* path)
{
    char target[256];
    return call(SYS_readlinkat, AT_FDCWD, path, target, sizeof target);
}

int take_descriptor(int pid)
{
    const long process = syscall(SYS_pidfd_open, pid, 0);
    return process < 0 ? errno : call(SYS_pidfd_getfd, process, 0, 0);
}

int take_descriptor_of_child()
{
    const Victim victim;
    return take_descriptor(victim.pid());
}

// A limit that PID 1 already has: who may set it may set others.
int limit_of_init()
{
    rlimit limit{};
    if (getrlimit(RLIMIT_CORE, &limit) != 0)
        return kBroken;
    return call(SYS_prlimit64, kInit, RLIMIT_CORE, 0, &limit);
}

int schedule(int policy, int priority)
{
    const sched_param parameters{.sched_priority = priority};
    return call(SYS_sched_setscheduler, 0, policy, &parameters);
}

constexpr Row kRows[]{
    {"ptrace-init", [] { return call(SYS_ptrace, PTRACE_SEIZE, kInit, 0, 0); }, kNotDumpable},
    {"ptrace-child", trace_child, "allow ptrace"},
    {"process-vm-readv-init", [] { return copy_memory(SYS_process_vm_readv, kInit); },
     kRefusedTwice},
    {"process-vm-writev-init", [] { return copy_memory(SYS_process_vm_writev, kInit); },
     kRefusedTwice},
    {"process-vm-readv-child", read_child, "allow process_vm_readv"},
    {"memory-of-init", [] { return open_of_init("/proc/1/mem", O_RDWR); }, kNotDumpable},
    {"environment-of-init", [] { return open_of_init("/proc/1/environ", O_RDONLY); }, kNotDumpable},
    {"namespace-of-init", [] { return open_of_init("/proc/1/ns/mnt", O_RDONLY); }, kNotDumpable},
    {"root-of-init", [] { return read_link_of_init("/proc/1/root"); }, kNotDumpable},
    {"program-of-init", [] { return read_link_of_init("/proc/1/exe"); }, kNotDumpable},
    {"pidfd-getfd-init", [] { return take_descriptor(kInit); }, kRefusedTwice},
    {"pidfd-getfd-child", take_descriptor_of_child, "allow pidfd_getfd"},
    {"signal-init", [] { return call(SYS_kill, kInit, 0); }, "drop scopes"},
    {"kill-all", [] { return call(SYS_kill, -1, SIGURG); },
     "- reaches what runs under the same policy, never PID 1"},
    {"prlimit-init", limit_of_init, "rule prlimit64 resource != 99"},
    {"real-time", [] { return schedule(SCHED_FIFO, 1); }, "- the kernel refuses it besides"},
    {"batch", [] { return schedule(SCHED_BATCH, 0); }, "- must work but under `go`"},
    {"memory-placement", [] { return call(SYS_get_mempolicy, 0, 0, 0, 0, 0); },
     "allow get_mempolicy"},
    {"move-the-program", [] { return call(SYS_prctl, PR_SET_MM, PR_SET_MM_BRK, 0, 0, 0); },
     "rule prctl option != 0x12345"},
    {"line-discipline", [] { return call(SYS_ioctl, 1, TIOCSETD, 0); }, "lift ioctl"},
    {"leaked-descriptor", [] { return call(SYS_fcntl, kLeaked, F_GETFD); },
     "- closed on exec; tests/init/mutants.sh leaves them open"},
    {"leftover-ld-preload", [] { return std::getenv("LD_PRELOAD") == nullptr ? ENOENT : 0; },
     "- the environment is the image's, which its owner wrote"},
    {"leftover-outis-variable", [] { return std::getenv("OUTIS_LOG") == nullptr ? ENOENT : 0; },
     "- OUTIS_ variables are not passed on"},
};

}  // namespace

std::span<const Row> process_rows()
{
    return kRows;
}

}  // namespace outis::attack
