// What starting a child through each contender takes, all interleaved in one run.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "contenders.h"

namespace outis::bench {

// Median microseconds by name, from spawn to the end of the child; ends the program if one fails.
std::map<std::string, double> start_times(const std::vector<Contender>& all,
                                          const std::vector<std::string>& child, int runs);

}  // namespace outis::bench
