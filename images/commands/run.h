// `outis run PROFILE -- PROGRAM [ARG]...`: a program of this machine under a profile. Not a second
// implementation: PID 1 of the images does it, not as PID 1.
#pragma once

#include <string>
#include <vector>

namespace outis::images::commands {

struct RunOptions {
    std::string profile;  // as of `outis bake`
    std::string user;     // instead of the policy's; empty: that
    bool verbose = false;
    std::vector<std::string> program;
};

// Does not come back if PID 1 can be started; its exit codes are then those of outis-init(1).
int run(const RunOptions& options);

}  // namespace outis::images::commands
