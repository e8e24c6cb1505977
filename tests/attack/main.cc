//   attack under INIT POLICY [ROW]...   attacks from a container of its own, needs root
//   attack inside [ROW]...              attacks from where it stands
//   attack list                         the rows and what stands behind them
//   attack where                        what answers depend on here, in words of README.md
//   attack report [ROW]...              who we are, what we may, then those rows
//   attack tree FOLDER                  the files that attempts need
// and the parts that it plays when an attempt executes it.
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <string>
#include <string_view>

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/io_uring.h>
#include <sched.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "attack.h"
#include "support/ia32.h"

namespace outis::attack {
namespace {

constexpr unsigned kAskVersion = 1;  // LANDLOCK_CREATE_RULESET_VERSION

using Words = std::span<char* const>;

// Did the file's bits help? The kernel sets AT_SECURE when they did.
int who()
{
    return geteuid() == 0 || getauxval(AT_SECURE) != 0 ? 0 : kNoEffect;
}

int load(const char* path)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno;
    return mmap(nullptr, 1, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0) == MAP_FAILED ? errno : 0;
}

// As the app of a container, root without SYS_ADMIN: some machines give them to nobody else.
bool has_user_namespaces()
{
    const pid_t child = fork();
    if (child == 0) {
        __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
        const std::array<__user_cap_data_struct, 2> none{};
        _exit(syscall(SYS_capset, &header, none.data()) == 0 && unshare(CLONE_NEWUSER) == 0 ? 0
                                                                                            : 1);
    }
    return exit_code_of(child) == 0;
}

int where()
{
#ifdef __x86_64__
    std::puts("amd64");
    if (!tests::has_ia32())
        std::puts("no-ia32");
#else
    std::puts("arm64");
#endif
    io_uring_params ring{};
    if (syscall(SYS_io_uring_setup, 1, &ring) < 0)
        std::puts("no-io-uring");
    if (!has_user_namespaces())
        std::puts("no-user-namespaces");
    if (socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0) < 0)
        std::puts("no-ipv6");
    constexpr std::array kSteps{1, 2, 3, 4, 6};  // files; refer; truncate; TCP; scopes
    const long abi = syscall(SYS_landlock_create_ruleset, nullptr, 0, kAskVersion);
    for (const int step : kSteps) {
        if (abi < step)
            std::printf("landlock-under-%d\n", step);
    }
    return 0;
}

// What a policy sets and a program can see of itself.
int report(Words names)
{
    constexpr std::array kFields{"Umask",  "Uid",    "Gid",    "Groups", "NoNewPrivs", "Seccomp",
                                 "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"};
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);) {
        const std::string field = line.substr(0, line.find(':'));
        if (std::ranges::find(kFields, field) != kFields.end())
            std::puts(line.c_str());
    }
    for (const int resource : {RLIMIT_NOFILE, RLIMIT_CORE}) {
        rlimit limit{};
        getrlimit(static_cast<__rlimit_resource>(resource), &limit);
        std::printf("limit %d %ju %ju\n", resource, std::uintmax_t{limit.rlim_cur},
                    std::uintmax_t{limit.rlim_max});
    }
    for (char** text = environ; *text != nullptr; ++text)
        std::printf("environment %s\n", *text);
    std::fflush(stdout);
    return run_rows(names);
}

// As PID 1 of a container without an init: attacks from a child, as an app under an init would.
int inside(Words names)
{
    if (getpid() != 1)
        return run_rows(names);
    listen_outside();
    const pid_t child = fork();
    if (child == 0)
        _exit(run_rows(names));
    return exit_code_of(child);
}

int play(std::string_view part, Words words)
{
    if (part == "nothing")
        return 0;
    if (part == "who")
        return who();
    if (part == "load" && words.size() == 1)
        return load(words[0]);
    if (part == "list")
        return list_rows();
    if (part == "where")
        return where();
    if (part == "inside")
        return inside(words);
    if (part == "report")
        return report(words);
    if (part == "under" && words.size() >= 2)
        return run_under(words[0], words[1], words.subspan(2));
    if (part == "tree" && words.size() == 1) {
        if (build_tree(words[0]))
            return 0;
        std::perror("attack: cannot build the tree");
        return 1;
    }
    std::fputs(
        "usage: attack under INIT POLICY [ROW]... | inside [ROW]... | report [ROW]... | list | "
        "where | tree FOLDER\n",
        stderr);
    return 2;
}

}  // namespace
}  // namespace outis::attack

int main(int count, char** words)
{
    const std::span<char* const> all(words, static_cast<std::size_t>(count));
    return outis::attack::play(count < 2 ? "" : all[1], all.subspan(count < 2 ? 1 : 2));
}
