// Landlock categories as rights: which are handled, which path or port gets which.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "outis/sandbox/profile.h"

namespace outis::sandbox::compile {

struct PathGrant {
    std::string path;  // empty with kPathProgram and kPathRootEntries
    std::uint64_t access = 0;
    std::uint8_t flags = 0;  // policy::kPathOptional, kPathImplied, kPathProgram, kPathRootEntries
};

struct PortGrant {
    std::uint16_t port = 0;
    std::uint64_t access = 0;
};

struct Grants {
    std::uint16_t minimum_abi = 0;
    bool best_effort = false;
    std::uint64_t files = 0;             // handled LANDLOCK_ACCESS_FS_*
    std::uint64_t ports = 0;             // handled LANDLOCK_ACCESS_NET_*
    std::uint64_t scopes = 0;            // LANDLOCK_SCOPE_*
    std::vector<PathGrant> path_grants;  // each path once
    std::vector<PortGrant> port_grants;  // ascending by port, each once
};

// What Landlock is to do for `profile`; nothing, if that is nothing. Without a stated minimum it is
// the ABI at which every stated category can be enforced.
//
// With deny-write-execute nothing below /proc may be opened for writing, because a write to
// /proc/PID/mem changes executable text, whatever its protection (proc_pid_mem(5)). A profile that
// states no files then handles writing alone, for every entry of / but a procfs; without a
// [landlock] of its own that is best-effort.
[[nodiscard]] std::optional<Grants> grants_of(const Profile& profile);

}  // namespace outis::sandbox::compile
