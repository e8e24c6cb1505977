// `outis profile ...`. A PROFILE is a shipped name, or a file if it has a '/' or ends in ".toml".
#pragma once

#include <string>

namespace outis::images {

struct ProfileListOptions {
    bool json = false;
};

struct ProfileShowOptions {
    std::string profile;
    std::string arch;  // empty: that of this machine
    bool json = false;
};

struct ProfileCheckOptions {
    std::string profile;
    bool json = false;     // errors or notes
    bool verbose = false;  // notes too
};

struct ProfileCompileOptions {
    std::string file;
    std::string arch;    // empty: that of this machine
    std::string output;  // empty: `file` with ".policy" (".bpf", ".txt") instead of ".toml"
    std::string emit;    // "policy", "bpf" (the seccomp program alone) or "listing"; empty: policy
    bool verbose = false;  // notes too
};

// Each returns the exit code of `outis`: 0; 2 for bad input; 3 if something is absent or cannot be
// written. What is wrong with a profile is printed on stderr, all of it in one run.
int run(const ProfileListOptions& options);
int run(const ProfileShowOptions& options);

// Compiles for both architectures. 1 if the profile is not right. Errors are printed, and the notes
// of a right profile if `verbose`; with `json` either is a list on stdout.
int run(const ProfileCheckOptions& options);

// The output appears whole or not at all; a listing without `output` goes to stdout.
int run(const ProfileCompileOptions& options);

}  // namespace outis::images
