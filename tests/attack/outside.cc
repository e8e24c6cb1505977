// What stands around the sandbox: a fresh PID, mount, IPC, UTS and network namespace, Docker's
// capabilities, a descriptor left open, and the supervisor of attack.h.
#include <array>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <vector>

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "attack.h"

namespace outis::attack {
namespace {

// Calls that the kernel refuses to nobody whatever the filter says. Neither PID 1 nor the start of
// a program makes any of them.
constexpr std::array kAnsweredOutside{
    SYS_mount,
    SYS_umount2,
    SYS_pivot_root,
    SYS_move_mount,
    SYS_open_tree,
    SYS_fsopen,
    SYS_fspick,
    SYS_mount_setattr,
    SYS_unshare,
    SYS_setns,
    SYS_bpf,
    SYS_perf_event_open,
    SYS_kexec_load,
    SYS_kexec_file_load,
    SYS_init_module,
    SYS_finit_module,
    SYS_delete_module,
    SYS_reboot,
    SYS_swapon,
    SYS_swapoff,
    SYS_clock_settime,
    SYS_settimeofday,
    SYS_syslog,
    SYS_acct,
    SYS_sethostname,
    SYS_setdomainname,
    SYS_vhangup,
    SYS_quotactl,
    SYS_fanotify_init,
    SYS_chroot,
    SYS_open_by_handle_at,
#ifdef __x86_64__
    SYS_iopl,
    SYS_ioperm,
#endif
};
// Kernels may be built without these, and then answer as the filter does.
constexpr std::array kFamiliesAnsweredOutside{AF_ALG, AF_VSOCK, AF_BLUETOOTH};
constexpr std::array<int, 2> kProtocolsAnsweredOutside{kMptcp, IPPROTO_SCTP};
constexpr std::uint32_t kFirstUnknown = 1000;  // no table has numbers from here on; x32 and -1

// Docker's default set.
constexpr std::array kCapabilities{
    CAP_CHOWN,   CAP_DAC_OVERRIDE, CAP_FSETID,           CAP_FOWNER,
    CAP_MKNOD,   CAP_NET_RAW,      CAP_SETGID,           CAP_SETUID,
    CAP_SETFCAP, CAP_SETPCAP,      CAP_NET_BIND_SERVICE, CAP_SYS_CHROOT,
    CAP_KILL,    CAP_AUDIT_WRITE};

[[noreturn]] void fail(const char* doing)
{
    std::fprintf(stderr, "attack: %s: %s\n", doing, std::strerror(errno));
    _exit(99);
}

void must(long answer, const char* doing)
{
    if (answer < 0)
        fail(doing);
}

// A root of its own: a tmpfs moved over everything, which works in an initramfs too.
void enter_tree(const char* init, const char* policy)
{
    constexpr const char* kFolder = "/tmp";
    must(mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "own the mounts");
    const int init_file = open(init, O_RDONLY | O_CLOEXEC);
    const int policy_file = open(policy, O_RDONLY | O_CLOEXEC);
    must(init_file, "open PID 1");
    must(policy_file, "open the policy");
    must(mount("tmpfs", kFolder, "tmpfs", 0, "mode=755"), "mount a root");
    const auto opened = [](int fd) { return "/proc/self/fd/" + std::to_string(fd); };
    if (!build_tree(kFolder) ||
        !copy_file(opened(init_file), std::string(kFolder) + "/outis-init", 0755) ||
        !copy_file(opened(policy_file), std::string(kFolder) + "/policy", 0644))
        fail("build the tree");
    must(mount("proc", "/tmp/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr),
         "mount /proc");
    must(mount("tmpfs", "/tmp/noexec", "tmpfs", MS_NOEXEC, "mode=777"), "mount a noexec folder");
    must(chdir(kFolder), "enter the tree");
    must(mount(".", "/", nullptr, MS_MOVE, nullptr), "move the root");
    must(chroot("."), "change the root");
    must(chdir("/"), "enter the root");
}

void raise_loopback()
{
    const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    must(fd, "make a socket");
    ifreq request{};
    std::strcpy(request.ifr_name, "lo");
    request.ifr_flags = IFF_UP;
    must(ioctl(fd, SIOCSIFFLAGS, &request), "raise the loopback");
    close(fd);
}

void append_notify(std::vector<sock_filter>& program, std::uint32_t value)
{
    program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1));
    program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF));
}

// ALLOW, but NOTIFY for what is answered outside. A filter within that refuses goes first.
int install_observer()
{
    constexpr std::uint32_t kFamily = offsetof(seccomp_data, args);  // the low word
    constexpr std::uint32_t kProtocol = kFamily + 2 * sizeof(std::uint64_t);
    std::vector<sock_filter> program{BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
                                     BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, kFirstUnknown, 0, 1),
                                     BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF)};
    for (const long number : kAnsweredOutside)
        append_notify(program, static_cast<std::uint32_t>(number));
    program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 2, 0));
    program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socketpair, 1, 0));
    program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
    program.push_back(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, kFamily));
    for (const int family : kFamiliesAnsweredOutside)
        append_notify(program, static_cast<std::uint32_t>(family));
    program.push_back(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, kProtocol));
    for (const int protocol : kProtocolsAnsweredOutside)
        append_notify(program, static_cast<std::uint32_t>(protocol));
    program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
    const sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
    const long listener =
        syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &filter);
    must(listener, "install the observer");
    return static_cast<int>(listener);
}

void keep_capabilities()
{
    std::uint64_t kept = 0;
    for (const int capability : kCapabilities)
        kept |= std::uint64_t{1} << capability;
    for (int capability = 0; prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; ++capability) {
        if ((kept >> capability & 1) == 0)
            must(prctl(PR_CAPBSET_DROP, capability, 0, 0, 0), "drop a capability");
    }
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    std::array<__user_cap_data_struct, 2> sets{};
    for (std::size_t half = 0; half < sets.size(); ++half) {
        const auto word = static_cast<std::uint32_t>(kept >> 32 * half);
        sets[half] = {.effective = word, .permitted = word, .inheritable = 0};
    }
    must(syscall(SYS_capset, &header, sets.data()), "keep Docker's capabilities");
}

// Hands two descriptors to the supervisor, which takes them by their numbers.
struct Handed {
    int listener = -1;
    int abstract = -1;
};

[[noreturn]] void become_container(int output, int report, int go, const char* init,
                                   const char* policy, std::span<char* const> names)
{
    must(setsid(), "make a session");
    enter_tree(init, policy);
    raise_loopback();
    const int inherited = socket(AF_INET, SOCK_STREAM, 0);
    must(inherited, "make a socket");
    must(dup2(inherited, kInherited), "place stdin");
    must(dup2(output, 1), "place stdout");
    const int secret = open(kSecret, O_RDONLY);
    must(secret, "open the secret");
    must(dup2(secret, kLeaked), "leak a descriptor");
    const Handed handed{.listener = install_observer(), .abstract = listen_outside()};
    must(write(report, &handed, sizeof handed), "report");
    char byte = 0;
    must(read(go, &byte, 1), "wait for the supervisor");
    close(handed.listener);
    close(handed.abstract);
    keep_capabilities();

    std::vector<char*> arguments;
    for (const char* word : {"/outis-init", "-p", "/policy", "--", kProgram, "inside"})
        arguments.push_back(const_cast<char*>(word));
    arguments.insert(arguments.end(), names.begin(), names.end());
    arguments.push_back(nullptr);
    char* const environment[]{const_cast<char*>("PATH=/"), const_cast<char*>("LD_PRELOAD=/none.so"),
                              const_cast<char*>("OUTIS_LOG=warn"), nullptr};
    execve(arguments[0], arguments.data(), environment);
    fail("execute PID 1");
}

int take(int process, int fd)
{
    const long taken = syscall(SYS_pidfd_getfd, process, fd, 0);
    must(taken, "take a descriptor");
    return static_cast<int>(taken);
}

void answer(int listener)
{
    seccomp_notif question{};
    if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &question) != 0)
        return;  // who asked is gone
    seccomp_notif_resp verdict{};
    verdict.id = question.id;
    verdict.error = -kPasses;
    ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &verdict);
}

// Copies what is said and answers calls, until nobody is left who could speak.
void supervise(int listener, int output)
{
    std::array<pollfd, 2> watched{{{output, POLLIN, 0}, {listener, POLLIN, 0}}};
    for (;;) {
        if (poll(watched.data(), watched.size(), -1) < 0)
            fail("wait");
        if ((watched[1].revents & POLLIN) != 0)
            answer(listener);
        else if (watched[1].revents != 0)
            watched[1].fd = -1;
        if (watched[0].revents == 0)
            continue;
        char block[4096];
        const ssize_t got = read(output, block, sizeof block);
        if (got <= 0)
            return;
        must(write(1, block, static_cast<std::size_t>(got)), "copy the output");
    }
}

struct Pipe {
    int reader;
    int writer;
};

Pipe make_pipe()
{
    std::array<int, 2> ends{};
    must(pipe2(ends.data(), O_CLOEXEC), "make a pipe");
    return {.reader = ends[0], .writer = ends[1]};
}

// The last row: how PID 1 ended, which should be as the attacks did.
void print_end(int container)
{
    int status = 0;
    if (waitpid(container, &status, 0) != container)
        fail("wait for PID 1");
    if (WIFSIGNALED(status))
        std::printf("end SIG%s\n", sigabbrev_np(WTERMSIG(status)));
    else
        std::printf("end %d\n", WEXITSTATUS(status));
}

}  // namespace

int listen_outside()
{
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::size_t length = std::strlen(kAbstractName);
    std::memcpy(address.sun_path + 1, kAbstractName, length);
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + length);
    must(bind(fd, reinterpret_cast<sockaddr*>(&address), size), "name a socket");
    must(listen(fd, 8), "listen");
    return fd;
}

int run_under(const char* init, const char* policy, std::span<char* const> names)
{
    const Pipe output = make_pipe();
    const Pipe report = make_pipe();
    const Pipe go = make_pipe();
    constexpr unsigned long kNamespaces =
        CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS;
    const long child = syscall(SYS_clone, kNamespaces | SIGCHLD, 0, 0, 0, 0);
    must(child, "make namespaces");
    if (child == 0)
        become_container(output.writer, report.writer, go.reader, init, policy, names);
    close(output.writer);
    close(report.writer);
    close(go.reader);

    Handed handed;
    if (read(report.reader, &handed, sizeof handed) != sizeof handed)
        return exit_code_of(static_cast<int>(child));
    const long process = syscall(SYS_pidfd_open, child, 0);
    must(process, "open the container");
    const int listener = take(static_cast<int>(process), handed.listener);
    const int abstract = take(static_cast<int>(process), handed.abstract);
    must(write(go.writer, "", 1), "let it go");
    supervise(listener, output.reader);
    close(abstract);
    print_end(static_cast<int>(child));
    return 0;
}

}  // namespace outis::attack
