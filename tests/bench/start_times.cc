#include "start_times.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <random>

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

}  // namespace

std::map<std::string, double> start_times(const std::vector<Contender>& all,
                                          const std::vector<std::string>& child, int runs)
{
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
    return medians;
}

}  // namespace outis::bench
