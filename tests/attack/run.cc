#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstring>

#include <sys/wait.h>

#include "attack.h"

namespace outis::attack {
namespace {

constexpr unsigned kSeconds = 60;  // an attempt that hangs ends by SIGALRM

bool named(const Row& row, std::span<char* const> names)
{
    return names.empty() || std::ranges::any_of(names, [&row](const char* name) {
               return std::strcmp(name, row.name) == 0;
           });
}

std::string word_for(int answer)
{
    switch (answer) {
    case 0: return "allowed";
    case kPasses: return "passes";
    case kNoEffect: return "no-effect";
    case kAbsent: return "absent";
    case kBroken: return "broken";
    default: break;
    }
    const char* name = strerrorname_np(answer);
    return name == nullptr ? std::to_string(answer) : name;
}

}  // namespace

int exit_code_of(int pid)
{
    int status = 0;
    if (waitpid(pid, &status, __WALL) != pid || !WIFEXITED(status))
        return kBroken;
    return WEXITSTATUS(status);
}

std::span<const std::span<const Row>> all_rows()
{
    static const std::array kAll{mount_rows(), machine_rows(), process_rows(), identity_rows(),
                                 file_rows(),  network_rows(), code_rows(),    number_rows()};
    return kAll;
}

std::string answer_to(Attempt attempt)
{
    const pid_t child = fork();
    if (child == 0) {
        alarm(kSeconds);
        _exit(attempt());
    }
    int status = 0;
    if (child < 0 || waitpid(child, &status, 0) != child)
        return "broken";
    if (WIFSIGNALED(status))
        return std::string("SIG") + sigabbrev_np(WTERMSIG(status));
    return word_for(WEXITSTATUS(status));
}

int run_rows(std::span<char* const> names)
{
    for (const std::span<const Row> rows : all_rows()) {
        for (const Row& row : rows) {
            if (!named(row, names))
                continue;
            std::printf("%s %s\n", row.name, answer_to(row.attempt).c_str());
            std::fflush(stdout);
        }
    }
    return 0;
}

int list_rows()
{
    for (const std::span<const Row> rows : all_rows()) {
        for (const Row& row : rows)
            std::printf("%s\t%s\n", row.name, row.behind);
    }
    std::puts("end\t- the exit code of PID 1");
    return 0;
}

}  // namespace outis::attack
