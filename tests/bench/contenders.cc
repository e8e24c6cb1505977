#include "contenders.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include <sched.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char** environ;

namespace outis::bench {
namespace fs = std::filesystem;

namespace {

[[noreturn]] void give_up(const std::string& doing, int error)
{
    std::fprintf(stderr, "cannot %s: %s\n", doing.c_str(), std::strerror(error));
    std::exit(3);
}

std::vector<char*> pointers(const Contender& contender, const std::vector<std::string>& child)
{
    std::vector<char*> arguments;
    for (const auto* words : {&contender.prefix, &child}) {
        for (const std::string& word : *words)
            arguments.push_back(const_cast<char*>(word.c_str()));
    }
    arguments.push_back(nullptr);
    return arguments;
}

}  // namespace

std::vector<Contender> contenders()
{
    const std::vector<Contender> all{
        {"direct", {}, false},
        {"floor", {OUTIS_BENCH "/floor"}, true},
        {"outis-init none", {OUTIS_INIT, "-p", "none", "--"}, true},
        {"outis-init baseline", {OUTIS_INIT, "-p", "baseline", "--"}, true},
        {"tini-static", {"/usr/bin/tini-static", "-s", "--"}, true},
        {"tini", {"/usr/bin/tini", "-s", "--"}, true},
        // In a session of its own the scheduler would give the child a share of its own
        // (autogroup).
        {"dumb-init", {"/usr/bin/dumb-init", "-c", "--"}, true},
        {"catatonit", {"/usr/bin/catatonit", "--"}, true},
        {"setpriv",
         {"/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--no-new-privs",
          "--inh-caps=-all", "--bounding-set=-all", "--"},
         false},
        {"bwrap", {"/usr/bin/bwrap", "--dev-bind", "/", "/", "--cap-drop", "ALL", "--"}, false},
    };
    std::vector<Contender> found;
    for (const Contender& contender : all) {
        if (contender.prefix.empty() || access(contender.prefix[0].c_str(), X_OK) == 0)
            found.push_back(contender);
        else
            std::fprintf(stderr, "%s is not installed, left out\n", contender.name.c_str());
    }
    return found;
}

Children::Children()
{
    std::string pattern = (fs::temp_directory_path() / "outis-bench.XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr)
        give_up("make a folder", errno);
    folder_ = pattern;
    fs::permissions(folder_, fs::perms(0755));
    for (const char* name : {"nothing", "hold", "stamp"})
        fs::copy_file(fs::path(OUTIS_BENCH) / name, fs::path(folder_) / name);
    fs::copy_file(OUTIS_ACTOR, fs::path(folder_) / "actor");
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
}

Children::~Children()
{
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
}

pid_t start(const Contender& contender, const std::vector<std::string>& child, Spawn spawn)
{
    std::vector<char*> arguments = pointers(contender, child);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    if (spawn.output >= 0)
        posix_spawn_file_actions_adddup2(&actions, spawn.output, STDOUT_FILENO);
    pid_t pid = -1;
    const int error = posix_spawn(&pid, arguments[0], &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    if (error != 0)
        give_up("start '" + std::string(arguments[0]) + "'", error);
    return pid;
}

pid_t start_first(const Contender& contender, const std::vector<std::string>& child,
                  const std::function<void()>& before_exec)
{
    const std::vector<char*> arguments = pointers(contender, child);
    const auto pid = static_cast<pid_t>(syscall(SYS_clone, CLONE_NEWPID | SIGCHLD, 0, 0, 0, 0));
    if (pid < 0)
        give_up("make a PID namespace, which needs root", errno);
    if (pid != 0)
        return pid;
    before_exec();
    execv(arguments[0], arguments.data());
    _exit(127);
}

int wait_for(pid_t pid)
{
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    return status;
}

void end(pid_t pid)
{
    kill(pid, SIGKILL);
    wait_for(pid);
    const std::string own = std::to_string(getpid());
    std::istringstream orphans(proc_text(getpid(), "task/" + own + "/children"));
    for (pid_t orphan = 0; orphans >> orphan;) {
        kill(orphan, SIGKILL);
        wait_for(orphan);
    }
}

std::uint64_t now_nanoseconds()
{
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 +
           static_cast<std::uint64_t>(now.tv_nsec);
}

double quantile(std::vector<double> values, double part)
{
    const auto at =
        values.begin() + static_cast<std::ptrdiff_t>(part * static_cast<double>(values.size() - 1));
    std::nth_element(values.begin(), at, values.end());
    return *at;
}

double median(std::vector<double> values)
{
    return quantile(std::move(values), 0.5);
}

int argument(int argc, char** argv, int index, int otherwise)
{
    if (argc <= index)
        return otherwise;
    char* rest = nullptr;
    const long value = std::strtol(argv[index], &rest, 10);
    if (*argv[index] == 0 || *rest != 0 || value < 1 || value > 1'000'000) {
        std::fprintf(stderr, "'%s' is no number of 1 to 1000000\n", argv[index]);
        std::exit(2);
    }
    return static_cast<int>(value);
}

std::string proc_text(pid_t pid, const std::string& file)
{
    std::ifstream stream("/proc/" + std::to_string(pid) + "/" + file);
    return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

long proc_number(pid_t pid, const std::string& file, const std::string& name)
{
    std::istringstream text(proc_text(pid, file));
    for (std::string line; std::getline(text, line);) {
        if (line.starts_with(name + ":"))
            return std::strtol(line.c_str() + name.size() + 1, nullptr, 10);
    }
    return -1;
}

}  // namespace outis::bench
