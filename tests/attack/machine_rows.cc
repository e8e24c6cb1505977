// Parts of the kernel that belong to whoever owns the machine, and those that help its exploits.
#include <array>
#include <ctime>

#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/fanotify.h>
#include <linux/io_uring.h>
#include <linux/keyctl.h>
#include <linux/perf_event.h>
#include <linux/reboot.h>
#include <linux/userfaultfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/syscall.h>
#include <termios.h>

#include "attack.h"

namespace outis::attack {
namespace {

constexpr unsigned kUserModeOnly = 1;                // UFFD_USER_MODE_ONLY, linux/userfaultfd.h
constexpr unsigned long kJunk = 0xdeadbeef00000000;  // no int argument has these bits
constexpr int kSyslogReadAll = 3;
constexpr int kGetQuotaFormat = 0x800004 << 8;
constexpr int kNoRandomLayout = 0x0040000;  // ADDR_NO_RANDOMIZE
constexpr int kPresentPersonality = -1;
constexpr timespec kTime{1, 0};

int perf()
{
    perf_event_attr attributes{};
    attributes.size = sizeof attributes;
    attributes.type = PERF_TYPE_SOFTWARE;
    return call(SYS_perf_event_open, &attributes, 0, -1, -1, 0);
}

int bpf_map()
{
    bpf_attr attributes{};
    attributes.map_type = BPF_MAP_TYPE_ARRAY;
    attributes.key_size = 4;
    attributes.value_size = 4;
    attributes.max_entries = 1;
    return call(SYS_bpf, BPF_MAP_CREATE, &attributes, sizeof attributes);
}

int ring()
{
    io_uring_params parameters{};
    return call(SYS_io_uring_setup, 1, &parameters);
}

// An open that the filter never sees: queued in a ring, done by the kernel.
int open_through_ring()
{
    io_uring_params parameters{};
    const long fd = syscall(SYS_io_uring_setup, 1, &parameters);
    if (fd < 0)
        return errno;
    const std::size_t size = parameters.sq_off.array + sizeof(unsigned);
    const std::size_t answers = parameters.cq_off.cqes + 2 * sizeof(io_uring_cqe);
    void* queue = mmap(nullptr, size > answers ? size : answers, PROT_READ | PROT_WRITE, MAP_SHARED,
                       static_cast<int>(fd), IORING_OFF_SQ_RING);
    void* entries = mmap(nullptr, sizeof(io_uring_sqe), PROT_READ | PROT_WRITE, MAP_SHARED,
                         static_cast<int>(fd), IORING_OFF_SQES);
    if (queue == MAP_FAILED || entries == MAP_FAILED)
        return kBroken;
    auto* entry = static_cast<io_uring_sqe*>(entries);
    entry->opcode = IORING_OP_OPENAT;
    entry->fd = AT_FDCWD;
    entry->addr = reinterpret_cast<std::uintptr_t>(kOutsideFile);
    entry->open_flags = O_RDONLY;
    auto* bytes = static_cast<std::byte*>(queue);
    *reinterpret_cast<unsigned*>(bytes + parameters.sq_off.tail) = 1;
    if (syscall(SYS_io_uring_enter, fd, 1, 1, IORING_ENTER_GETEVENTS, nullptr, 0) < 0)
        return errno;
    const auto* answer = reinterpret_cast<io_uring_cqe*>(bytes + parameters.cq_off.cqes);
    return answer->res < 0 ? -answer->res : 0;
}

int on_x86([[maybe_unused]] Attempt attempt)
{
#ifdef __x86_64__
    return attempt();
#else
    return kAbsent;
#endif
}

#ifdef __x86_64__
int io_level()
{
    return call(SYS_iopl, 3);
}

int io_permission()
{
    return call(SYS_ioperm, 0x80, 1, 1);
}
#else
int io_level()
{
    return kAbsent;
}

int io_permission()
{
    return kAbsent;
}
#endif

// Without a filter /dev/null answers ENOTTY.
int push(unsigned long request)
{
    char byte = 'x';
    return call(SYS_ioctl, 0, request, &byte);
}

constexpr Row kRows[]{
    {"keyctl", [] { return call(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, 0); }, "allow keyctl"},
    {"add-key", [] { return call(SYS_add_key, "user", "outis", "x", 1, KEY_SPEC_PROCESS_KEYRING); },
     "allow add_key"},
    {"request-key", [] { return call(SYS_request_key, "user", "outis", 0, 0); },
     "allow request_key"},
    {"bpf", bpf_map, "allow bpf"},
    {"perf-event-open", perf, "allow perf_event_open"},
    {"userfaultfd", [] { return call(SYS_userfaultfd, kUserModeOnly); }, "allow userfaultfd"},
    {"io-uring-setup", ring, "allow io_uring_setup"},
    {"io-uring-open", open_through_ring, "allow io_uring_setup io_uring_enter"},
    {"kexec-load", [] { return call(SYS_kexec_load, 0, 0, 0, 0); }, "allow kexec_load"},
    {"kexec-file-load", [] { return call(SYS_kexec_file_load, -1, -1, 0, 0, 0); },
     "allow kexec_file_load"},
    {"init-module", [] { return call(SYS_init_module, 0, 0, ""); }, "allow init_module"},
    {"finit-module", [] { return call(SYS_finit_module, 0, "", 0); }, "allow finit_module"},
    {"delete-module", [] { return call(SYS_delete_module, "none", O_NONBLOCK); },
     "allow delete_module"},
    {"reboot",
     [] {
         return call(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, LINUX_REBOOT_CMD_CAD_OFF,
                     0);
     },
     "allow reboot"},
    {"swapon", [] { return call(SYS_swapon, kOutsideFile, 0); }, "allow swapon"},
    {"swapoff", [] { return call(SYS_swapoff, kOutsideFile); }, "allow swapoff"},
    {"clock-settime", [] { return call(SYS_clock_settime, CLOCK_REALTIME, &kTime); },
     "allow clock_settime"},
    {"settimeofday", [] { return call(SYS_settimeofday, &kTime, 0); }, "allow settimeofday"},
    {"syslog", [] { return call(SYS_syslog, kSyslogReadAll, 0, 0); }, "allow syslog"},
    {"acct", [] { return call(SYS_acct, 0); }, "allow acct"},
    {"sethostname", [] { return call(SYS_sethostname, "outis", 5); }, "allow sethostname"},
    {"setdomainname", [] { return call(SYS_setdomainname, "outis", 5); }, "allow setdomainname"},
    {"vhangup", [] { return call(SYS_vhangup); }, "allow vhangup"},
    {"quotactl", [] { return call(SYS_quotactl, kGetQuotaFormat, "/dev/none", 0, 0); },
     "allow quotactl"},
    {"fanotify-init", [] { return call(SYS_fanotify_init, FAN_CLASS_CONTENT, O_RDONLY); },
     "allow fanotify_init"},
    {"iopl", [] { return on_x86(io_level); }, "allow iopl"},
    {"ioperm", [] { return on_x86(io_permission); }, "allow ioperm"},
    {"personality", [] { return call(SYS_personality, kNoRandomLayout); },
     "rule personality arg0 != 0x12345"},
    {"personality-junk-refused", [] { return call(SYS_personality, kJunk | kNoRandomLayout); },
     "rule personality arg0 != 0x12345"},
    {"personality-junk-allowed",
     [] { return call(SYS_personality, kJunk | static_cast<unsigned>(kPresentPersonality)); },
     "- asks what is; the upper half of an int does not count"},
    {"tiocsti", [] { return push(TIOCSTI); }, "lift ioctl"},
    {"tiocsti-junk", [] { return push(kJunk | TIOCSTI); }, "lift ioctl"},
    {"tioclinux", [] { return push(TIOCLINUX); }, "lift ioctl"},
};

}  // namespace

std::span<const Row> machine_rows()
{
    return kRows;
}

}  // namespace outis::attack
