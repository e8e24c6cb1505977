// Opens a policy as sshd opens authorized_keys (StrictModes): who may rename in a folder on the way
// decides what the path means, so every folder must be root's and writable by nobody else.
#pragma once

#include <span>

#include "init/refusal.h"
#include "outis/base/fd.h"
#include "outis/base/result.h"

namespace outis::init {

// The file, opened for reading. Links are followed, at most 40, and the folders on their way count
// too; a relative path begins at the working directory. A folder with the sticky bit may be
// writable by all, but there a link must be root's as well. Needs no /proc.
// `room` holds at least 4096 bytes; a refusal may point into it.
Result<Fd, Refusal> open_trusted(const char* path, std::span<std::byte> room) noexcept;

}  // namespace outis::init
