// What a start costs: a static no-op child through each contender, all interleaved in one run.
//     bench_start [RUNS]
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "contenders.h"

namespace outis::bench {
namespace {

constexpr int kWarmUp = 50;

double once(const Contender& contender, const std::vector<std::string>& child)
{
    const std::uint64_t before = now_nanoseconds();
    const int status = wait_for(start(contender, child));
    const double microseconds = static_cast<double>(now_nanoseconds() - before) / 1000;
    if (status != 0) {
        std::fprintf(stderr, "'%s' ended with status %d\n", contender.name.c_str(), status);
        std::exit(3);
    }
    return microseconds;
}

void print(const std::vector<Contender>& all, std::map<std::string, double> medians)
{
    std::printf("| start of a static no-op | median us | x direct | x floor | x tini-static |\n");
    std::printf("|---|---|---|---|---|\n");
    for (const Contender& contender : all) {
        std::printf("| %s | %.0f |", contender.name.c_str(), medians[contender.name]);
        for (const char* base : {"direct", "floor", "tini-static"}) {
            if (medians.contains(base))
                std::printf(" %.2f |", medians[contender.name] / medians[base]);
            else
                std::printf(" |");
        }
        std::printf("\n");
    }
}

int run(int runs)
{
    const Children children;
    const std::vector<std::string> child{children.path("nothing")};
    const std::vector<Contender> all = contenders();
    std::map<std::string, std::vector<double>> times;
    // In another order each round: a program is quicker behind one that shares its pages.
    std::vector<Contender> order = all;
    std::minstd_rand random(1);
    for (int i = -kWarmUp; i < runs; ++i) {
        std::shuffle(order.begin(), order.end(), random);
        for (const Contender& contender : order) {
            const double time = once(contender, child);
            if (i >= 0)
                times[contender.name].push_back(time);
        }
    }
    std::map<std::string, double> medians;
    for (auto& [name, values] : times)
        medians[name] = median(values);
    print(all, medians);
    return 0;
}

}  // namespace
}  // namespace outis::bench

int main(int argc, char** argv)
{
    return outis::bench::run(outis::bench::argument(argc, argv, 1, 2000));
}
