// What a running process may still do, seen from the host.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "outis/error.h"

namespace outis::sandbox {

struct CapabilityState {
    std::vector<std::string> effective;  // "net_bind_service", ascending by number
    std::vector<std::string> permitted;
    std::vector<std::string> inheritable;
    std::vector<std::string> bounding;
    std::vector<std::string> ambient;
};

struct OpenDescriptor {
    int number = 0;
    std::string target;  // as readlink(2) says: a path, "pipe:[7]", "socket:[8]"
};

// One part of the exposure, in tenths of a point.
struct ExposureReason {
    unsigned points = 0;
    std::string text;
};

struct Inspection {
    int pid = 0;
    std::string name;
    std::vector<std::uint32_t> uid;  // real, effective, saved, file-system
    std::vector<std::uint32_t> gid;
    std::vector<std::uint32_t> groups;
    CapabilityState capabilities;  // read by libcap-ng
    bool no_new_privs = false;
    bool seccomp = false;                 // a filter
    std::optional<std::int64_t> filters;  // how many; nothing where the kernel does not say
    int landlock_abi = 0;      // of this kernel; what it forbids a process no kernel tells
    bool sees_inside = false;  // `descriptors` and `writable` need ptrace(2)'s rights over it
    std::vector<OpenDescriptor> descriptors;
    std::vector<std::string> writable;  // of the usual folders, by mount and mode; without ACLs
    std::vector<std::string> writable_mounts;  // as /proc/PID/mountinfo writes them
    unsigned exposure = 0;                     // tenths: 0 to 100
    std::vector<ExposureReason> reasons;
};

// Blame::input if there is no such process.
[[nodiscard]] Result<Inspection, Error> inspect(int pid);

// The first child of `pid`, or 0.
[[nodiscard]] int first_child(int pid);

}  // namespace outis::sandbox
