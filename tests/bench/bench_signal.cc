// Signals: how long after its exec a PID 1 is deaf to a stop signal, and what the way through it
// adds for one that it forwards.
//     bench_signal [TRIALS [SIGNALS]]
//
// Deaf: PID 1 of a namespace loses a signal with the default disposition until it blocks or catches
// it. One TERM is sent at a moment after the exec; where it was lost the next comes a step later,
// else a step sooner, so that the moments settle around the window's end.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "contenders.h"

namespace outis::bench {
namespace {

constexpr double kFirstDelay = 600;  // microseconds
constexpr double kStep = 10;
constexpr int kPatience = 30;  // milliseconds until a TERM counts as lost

// Shared with the process that becomes the contender.
struct Moment {
    volatile std::uint64_t execs;  // just before execve
};

void pin(int cpu)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(static_cast<unsigned>(cpu), &set);
    sched_setaffinity(0, sizeof set, &set);
}

// True if a TERM, sent `delay` microseconds after the exec, did not end the child.
bool lost(const Contender& contender, const std::string& child, Moment* moment, double delay)
{
    moment->execs = 0;
    const pid_t pid = start_first(contender, {child}, [&] {
        pin(1);
        moment->execs = now_nanoseconds();
    });
    while (moment->execs == 0) {
    }
    const std::uint64_t at = moment->execs + static_cast<std::uint64_t>(delay * 1000);
    while (now_nanoseconds() < at) {
    }
    kill(pid, SIGTERM);
    const int handle = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
    pollfd ended{.fd = handle, .events = POLLIN, .revents = 0};
    const bool there = poll(&ended, 1, kPatience) == 0;
    close(handle);
    end(pid);
    return there;
}

void measure_deafness(const std::vector<Contender>& all, const std::string& child, int trials)
{
    auto* moment = static_cast<Moment*>(
        mmap(nullptr, sizeof(Moment), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
    pin(0);
    std::map<std::string, double> delay;
    std::map<std::string, std::vector<double>> settled;
    for (int i = 0; i < trials; ++i) {
        for (const Contender& contender : all) {
            if (!contender.init)
                continue;
            double& next = delay.try_emplace(contender.name, kFirstDelay).first->second;
            if (i >= trials / 3)
                settled[contender.name].push_back(next);
            next += lost(contender, child, moment, next) ? kStep : -kStep;
        }
    }
    std::printf("| deaf after exec, %d trials | median ms |\n|---|---|\n", trials);
    for (const Contender& contender : all) {
        if (contender.init)
            std::printf("| %s | %.2f |\n", contender.name.c_str(),
                        median(settled[contender.name]) / 1000);
    }
}

// Times on their way through `contender`, all on one CPU.
std::vector<double> forwarded(const Contender& contender, const std::string& child, int count)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        std::exit(3);
    const pid_t pid = start(contender, {child}, {.output = ends[1]});
    close(ends[1]);
    std::vector<double> times;
    std::uint64_t came = 0;
    if (read(ends[0], &came, sizeof came) != sizeof came)
        std::exit(3);
    poll(nullptr, 0, 50);
    for (int i = 0; i < count; ++i) {
        const std::uint64_t sent = now_nanoseconds();
        kill(pid, SIGUSR1);
        if (read(ends[0], &came, sizeof came) != sizeof came)
            break;
        times.push_back(static_cast<double>(came - sent) / 1000);
    }
    end(pid);
    close(ends[0]);
    return times;
}

void measure_forwarding(const std::vector<Contender>& all, const std::string& child, int count)
{
    pin(0);
    std::printf(
        "\n| one signal through to the app, one CPU, n = %d | median us | p99 us | x direct "
        "|\n|---|---|---|---|\n",
        count);
    double direct = 0;
    for (const Contender& contender : all) {
        if (!contender.init && !contender.prefix.empty())
            continue;
        const std::vector<double> times = forwarded(contender, child, count);
        const double middle = median(times);
        if (contender.prefix.empty())
            direct = middle;
        std::printf("| %s | %.1f | %.1f | %.2f |\n", contender.name.c_str(), middle,
                    quantile(times, 0.99), middle / direct);
    }
}

int run(int trials, int signals)
{
    const Children children;
    const std::vector<Contender> all = contenders();
    measure_deafness(all, children.path("hold"), trials);
    measure_forwarding(all, children.path("stamp"), signals);
    return 0;
}

}  // namespace
}  // namespace outis::bench

int main(int argc, char** argv)
{
    using outis::bench::argument;
    return outis::bench::run(argument(argc, argv, 1, 300), argument(argc, argv, 2, 5000));
}
