#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include <dirent.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "actor.h"

extern char** environ;

namespace outis::actor {
namespace {

// libc hides 32 and 33.
SignalSet ignored_signals()
{
    struct {
        std::uintptr_t handler;
        unsigned long flags;
        std::uintptr_t restorer;
        SignalSet mask;
    } action{};

    SignalSet set = 0;
    for (int signal = 1; signal <= 64; ++signal) {
        if (syscall(SYS_rt_sigaction, signal, nullptr, &action, sizeof action.mask) == 0 &&
            action.handler == 1)
            set |= SignalSet{1} << (signal - 1);
    }
    return set;
}

std::string open_descriptors()
{
    std::string list;
    for (int fd = 0; fd < 1100; ++fd) {
        if (fcntl(fd, F_GETFD) >= 0)
            list += (list.empty() ? "" : ",") + std::to_string(fd);
    }
    return list;
}

const char* foreground()
{
    const pid_t group = tcgetpgrp(STDIN_FILENO);
    if (group < 0)
        return "none";
    return group == getpgrp() ? "ours" : "others";
}

void say_status()
{
    std::FILE* file = std::fopen("/proc/self/status", "re");
    if (file == nullptr)
        return;
    char line[512];
    while (std::fgets(line, sizeof line, file) != nullptr) {
        constexpr const char* kWanted[]{"CapInh:", "CapPrm:",     "CapEff:",  "CapBnd:",
                                        "CapAmb:", "NoNewPrivs:", "Seccomp:", "Seccomp_filters:"};
        for (const char* name : kWanted) {
            if (std::strncmp(line, name, std::strlen(name)) == 0) {
                line[std::strcspn(line, "\n")] = 0;
                say("%s", line);
            }
        }
    }
    std::fclose(file);
}

}  // namespace

// inherit: everything that a process gets from its parent.
int report_inheritance(char**)
{
    say("pid %d parent %d", getpid(), getppid());
    const SignalSet none = 0;
    SignalSet mask = 0;
    syscall(SYS_rt_sigprocmask, SIG_BLOCK, &none, &mask, sizeof mask);
    say("mask %016llx", static_cast<unsigned long long>(mask));
    say("ignored %016llx", static_cast<unsigned long long>(ignored_signals()));
    say("group %s", getpgrp() == getpid() ? "own" : "parent's");
    say("session %s", getsid(0) == getpid() ? "own" : "parent's");
    say("foreground %s", foreground());
    char directory[4096];
    say("directory %s", getcwd(directory, sizeof directory) == nullptr ? "?" : directory);
    say("descriptors %s", open_descriptors().c_str());
    uid_t uid[3]{};
    gid_t gid[3]{};
    getresuid(&uid[0], &uid[1], &uid[2]);
    getresgid(&gid[0], &gid[1], &gid[2]);
    say("uid %u %u %u gid %u %u %u", uid[0], uid[1], uid[2], gid[0], gid[1], gid[2]);
    gid_t groups[64]{};
    const int count = getgroups(64, groups);
    std::string list;
    for (int i = 0; i < count; ++i)
        list += " " + std::to_string(groups[i]);
    say("groups%s", list.c_str());
    const mode_t mode = umask(0);
    say("umask %03o", mode);
    int death_signal = 0;
    prctl(PR_GET_PDEATHSIG, &death_signal);
    say("death %d", death_signal);
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    say("nofile %llu", static_cast<unsigned long long>(limit.rlim_cur));
    say("score %s", [] {
        static char text[16];
        const int fd = open("/proc/self/oom_score_adj", O_RDONLY | O_CLOEXEC);
        const ssize_t got = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
        close(fd);
        text[got > 0 ? got - 1 : 0] = 0;
        return text;
    }());
    for (char** row = environ; *row != nullptr; ++row)
        say("env %s", *row);
    say_status();
    return 0;
}

}  // namespace outis::actor
