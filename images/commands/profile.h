// `outis profile ...`
#pragma once

#include <string>

namespace outis::images {

struct ProfileCompileOptions {
    std::string file;
    std::string arch;    // empty: that of this machine
    std::string output;  // empty: `file` with ".policy" instead of ".toml"
};

// Prints what is wrong on stderr. Returns the exit code of `outis`: 0, 2 for bad input, 3 if the
// policy cannot be written. The policy appears whole or not at all.
int run(const ProfileCompileOptions& options);

}  // namespace outis::images
