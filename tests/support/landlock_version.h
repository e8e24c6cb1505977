// A run whose Landlock looks older, newer or absent: a parent answers the version query by seccomp
// user notification (seccomp_unotify(2)) and notes every other Landlock call with what it asks for.
// Calls that the running kernel understands go on to it; of a newer ABI the parent answers the
// rest.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "process.h"

namespace outis::tests {

struct LandlockAnswer {
    int version = 0;  // what the query says, or
    int error = 0;    // the errno it ends with
};

// One handled set or rule, as the kernel was given it.
struct LandlockCall {
    std::string what;  // "create", "path /FILE" (as the kernel resolved it), "port 80", "restrict"
    std::uint64_t size = 0;    // of the struct; create alone
    std::uint64_t access = 0;  // create: files
    std::uint64_t ports = 0;
    std::uint64_t scopes = 0;
};

struct LandlockRun {
    std::vector<LandlockCall> calls;
    Ended end;
};

// The real version of this kernel; 0 without Landlock.
int real_landlock();

// Needs root: as another user nobody could look into the program.
LandlockRun run_with_landlock(const Setup& setup, const LandlockAnswer& answer);

}  // namespace outis::tests
