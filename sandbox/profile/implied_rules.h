// Rules that no file writes down: what a promise of a profile needs of the filter, since nothing
// else of the kernel keeps it.
#pragma once

#include "sandbox/profile/calls.h"

namespace outis::sandbox::profile {

// `memory.deny-write-execute`: no memory becomes executable that was writable, and no way round
// that. What the filter cannot see, /proc/PID/mem, is Landlock's part (compile/grants.cc).
void deny_write_execute(SeccompState& state);

// Landlock's port rules hold for sockets of TCP and UDP, in bind and connect. What else makes a
// connection, or takes one, is refused.
void keep_to_ports(SeccompState& state, const Landlock& landlock);

// i386 also reaches sockets and System V IPC through one call each, with the arguments in memory.
// Where a profile says more of such a call than "allowed", that way to it is closed, unless the
// profile allows the carrier by its own name.
void close_carriers(SeccompState& state);

}  // namespace outis::sandbox::profile
