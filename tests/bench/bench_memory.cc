// What a contender holds and does while its child idles: resident and private memory, wake-ups and
// CPU time.
//     bench_memory [IDLE SECONDS]
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include <poll.h>

#include "contenders.h"

namespace outis::bench {
namespace {

constexpr int kSettling = 500;  // milliseconds until start-up is over for every contender

struct Sample {
    long wakeups = 0;
    long nanoseconds = 0;  // on a CPU
};

Sample sample(pid_t pid)
{
    return {
        .wakeups = proc_number(pid, "status", "voluntary_ctxt_switches") +
                   proc_number(pid, "status", "nonvoluntary_ctxt_switches"),
        .nanoseconds = std::strtol(proc_text(pid, "schedstat").c_str(), nullptr, 10),
    };
}

int run(int seconds)
{
    const Children children;
    std::vector<Contender> inits;
    std::vector<pid_t> pids;
    for (const Contender& contender : contenders()) {
        if (!contender.init)
            continue;
        inits.push_back(contender);
        pids.push_back(start(contender, {children.path("hold")}));
    }
    poll(nullptr, 0, kSettling);
    std::vector<Sample> before;
    for (const pid_t pid : pids)
        before.push_back(sample(pid));
    poll(nullptr, 0, seconds * 1000);

    std::printf(
        "| while the app idles, %d s | Rss kB | Pss kB | private dirty kB | wake-ups | CPU "
        "ms |\n|---|---|---|---|---|---|\n",
        seconds);
    for (std::size_t i = 0; i < pids.size(); ++i) {
        const Sample after = sample(pids[i]);
        std::printf("| %s | %ld | %ld | %ld | %ld | %.2f |\n", inits[i].name.c_str(),
                    proc_number(pids[i], "smaps_rollup", "Rss"),
                    proc_number(pids[i], "smaps_rollup", "Pss"),
                    proc_number(pids[i], "smaps_rollup", "Private_Dirty"),
                    after.wakeups - before[i].wakeups,
                    static_cast<double>(after.nanoseconds - before[i].nanoseconds) / 1e6);
    }
    for (const pid_t pid : pids)
        end(pid);
    return 0;
}

}  // namespace
}  // namespace outis::bench

int main(int argc, char** argv)
{
    return outis::bench::run(outis::bench::argument(argc, argv, 1, 60));
}
