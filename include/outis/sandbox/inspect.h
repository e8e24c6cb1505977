// What a running process may still do, seen from the host.
#pragma once

#include <cstdint>
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

struct Inspection {
    int pid = 0;
    std::string name;
    std::string uid;  // real, effective, saved, file-system
    std::string gid;
    std::string groups;
    CapabilityState capabilities;  // read by libcap-ng
    bool no_new_privs = false;
    bool seccomp = false;      // a filter
    std::string filters;       // how many; empty where the kernel does not say
    int landlock_abi = 0;      // of this kernel; what it forbids a process no kernel tells
    bool sees_inside = false;  // the next two need the rights of ptrace(2) over the process
    std::vector<OpenDescriptor> descriptors;
    std::vector<std::string> writable;  // of the usual folders, by mount and mode; without ACLs
    unsigned exposure = 0;              // tenths: 0 to 100
    std::vector<std::string> reasons;
};

// Blame::input if there is no such process.
[[nodiscard]] Result<Inspection, Error> inspect(int pid);

// The first child of `pid`, or 0.
[[nodiscard]] int first_child(int pid);

}  // namespace outis::sandbox
