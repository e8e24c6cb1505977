// Orphans by the thousand, for PID 1 of a namespace: how fast they are gone, what PID 1 spends on
// each, and what it grows by.
//     bench_reap [ORPHANS [WAVE [ROUNDS]]]
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "contenders.h"

namespace outis::bench {
namespace {

struct Round {
    double per_second = 0;
    double cpu_each = 0;  // microseconds of PID 1
    long grown = 0;       // kB
    bool all = false;
};

std::string read_until(int fd, const std::string& word)
{
    std::string text;
    char block[256];
    while (text.find(word) == std::string::npos) {
        const ssize_t got = read(fd, block, sizeof block);
        if (got <= 0)
            std::exit(3);
        text.append(block, static_cast<std::size_t>(got));
    }
    return text;
}

long busy_nanoseconds(pid_t pid)
{
    return std::strtol(proc_text(pid, "schedstat").c_str(), nullptr, 10);
}

bool only_the_app_is_left(pid_t pid)
{
    const std::string children = proc_text(pid, "task/" + std::to_string(pid) + "/children");
    return children.find(' ') == children.size() - 1;
}

Round play(const Contender& contender, const std::string& actor, int orphans, int wave)
{
    constexpr int kPatience = 5000;  // milliseconds
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        std::exit(3);
    const std::vector<std::string> child{actor, "orphans", std::to_string(orphans),
                                         std::to_string(wave), "0"};
    const pid_t pid = start_first(contender, child, [&] { dup2(ends[1], STDOUT_FILENO); });
    close(ends[1]);
    read_until(ends[0], "ready");
    const long resident = proc_number(pid, "smaps_rollup", "Rss");
    const long busy = busy_nanoseconds(pid);
    const std::uint64_t began = now_nanoseconds();
    read_until(ends[0], "done");
    int patience = kPatience;
    while (!only_the_app_is_left(pid) && --patience > 0)
        poll(nullptr, 0, 1);
    const double seconds = static_cast<double>(now_nanoseconds() - began) / 1e9;
    const Round round{
        .per_second = orphans / seconds,
        .cpu_each = static_cast<double>(busy_nanoseconds(pid) - busy) / 1000 / orphans,
        .grown = proc_number(pid, "smaps_rollup", "Rss") - resident,
        .all = patience > 0,
    };
    end(pid);
    close(ends[0]);
    return round;
}

int run(int orphans, int wave, int rounds)
{
    const Children children;
    std::map<std::string, std::vector<double>> speed;
    std::map<std::string, std::vector<double>> cost;
    std::map<std::string, long> grown;
    std::map<std::string, bool> lost;
    for (int i = 0; i < rounds; ++i) {
        for (const Contender& contender : contenders()) {
            if (!contender.init)
                continue;
            const Round round = play(contender, children.path("actor"), orphans, wave);
            speed[contender.name].push_back(round.per_second);
            cost[contender.name].push_back(round.cpu_each);
            grown[contender.name] = std::max(grown[contender.name], round.grown);
            lost[contender.name] = lost[contender.name] || !round.all;
        }
    }
    std::printf(
        "| %d orphans, %d at once, median of %d | made and reaped a second | PID 1's CPU us "
        "each | Rss grown kB | all reaped |\n|---|---|---|---|---|\n",
        orphans, wave, rounds);
    for (const Contender& contender : contenders()) {
        if (contender.init)
            std::printf("| %s | %.0f | %.2f | %ld | %s |\n", contender.name.c_str(),
                        median(speed[contender.name]), median(cost[contender.name]),
                        grown[contender.name], lost[contender.name] ? "no" : "yes");
    }
    return 0;
}

}  // namespace
}  // namespace outis::bench

int main(int argc, char** argv)
{
    using outis::bench::argument;
    return outis::bench::run(argument(argc, argv, 1, 20'000), argument(argc, argv, 2, 4000),
                             argument(argc, argv, 3, 5));
}
