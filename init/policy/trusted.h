// Opens a policy as sshd opens authorized_keys (StrictModes): who may rename in a folder on the way
// decides what the path means, so every folder must be root's and writable by nobody else.
#pragma once

#include <span>

namespace outis::init {

constexpr long kFolderNotRoots = -65536;  // no errno

// The file, opened for reading, or the negative errno, or kFolderNotRoots with the folder's name in
// `folder`, which holds at least 4096 bytes.
//
// Links are followed, at most 40, and the folders on their way count too; a relative path begins at
// the working directory. A folder with the sticky bit may be writable by all, but there a link must
// be root's as well. Needs no /proc.
long open_trusted(const char* path, std::span<char> folder) noexcept;

}  // namespace outis::init
