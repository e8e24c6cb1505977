// Landlock categories as rights: which are handled, which path or port gets which.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "outis/sandbox/profile.h"

namespace outis::sandbox {

struct PathGrant {
    std::string path;  // empty: the program and its loader or interpreter
    std::uint64_t access = 0;
    std::uint8_t flags = 0;  // policy::kPathOptional, kPathImplied, kPathProgram
};

struct PortGrant {
    std::uint16_t port = 0;
    std::uint64_t access = 0;
};

struct Grants {
    std::uint16_t minimum_abi = 0;
    std::uint64_t files = 0;             // handled LANDLOCK_ACCESS_FS_*
    std::uint64_t ports = 0;             // handled LANDLOCK_ACCESS_NET_*
    std::vector<PathGrant> path_grants;  // ascending by path, each once
    std::vector<PortGrant> port_grants;  // ascending by port, each once
};

// Without a stated minimum it is the ABI at which every stated category can be enforced.
[[nodiscard]] Grants grants_of(const Landlock& landlock);

}  // namespace outis::sandbox
