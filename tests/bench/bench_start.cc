// What a start costs: a static no-op child through each contender, all interleaved in one run.
//     bench_start [RUNS]
#include <cstdio>
#include <map>
#include <string>
#include <vector>

#include "contenders.h"
#include "start_times.h"

namespace outis::bench {
namespace {

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
    print(all, start_times(all, child, runs));
    return 0;
}

}  // namespace
}  // namespace outis::bench

int main(int argc, char** argv)
{
    return outis::bench::run(outis::bench::argument(argc, argv, 1, 2000));
}
