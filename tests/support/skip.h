// What a machine does not offer is left out, and tests/run.sh shows the reason.
#pragma once

#include <cstdio>
#include <string_view>

namespace outis::tests {

// Prints `skip NAME: REASON`, and is true.
inline bool skip(std::string_view name, std::string_view reason)
{
    std::printf("skip %.*s: %.*s\n", static_cast<int>(name.size()), name.data(),
                static_cast<int>(reason.size()), reason.data());
    std::fflush(stdout);
    return true;
}

}  // namespace outis::tests
