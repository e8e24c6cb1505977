// A directory made the root of this process, with /proc and the usual devices in it: in a mount
// namespace of its own, so that nothing stays mounted in the directory. For a child after fork(2):
// system calls only.
#pragma once

namespace outis::images::host {

enum class RootMounts {
    none,      // neither was allowed, or the directory has no place for them
    complete,  // what of proc and dev exists there
};

struct OwnRoot {
    int error = 0;                         // errno if it cannot be entered
    RootMounts mounts = RootMounts::none;  // if it can
};

// The process becomes nobody with its next execve(2): by its ids if it is root, else by a user
// namespace, which then must be allowed.
OwnRoot enter_root(const char* folder);

}  // namespace outis::images::host
