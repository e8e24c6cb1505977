// Why execve refused, in words a person can act on.
#pragma once

#include <string_view>

#include "init/kernel/say.h"

namespace outis::init {

// Appends the reason and the remedy to `line`: the missing interpreter or loader of a program that
// is there, the architectures of one that is foreign, else the kernel's own words.
// `path` is the program as given; `search` the PATH it was looked up in, or nullptr. `walled`: the
// child was under Landlock's rules for files, as we are not.
void explain_exec_failure(const char* path, const char* search, int error, bool walled,
                          Line& line) noexcept;

// A folder of PATH that may not be searched answers EACCES like a program that may not be executed.
// Where no folder holds the program at all, the error is ENOENT.
int settle_exec_error(const char* path, const char* search, int error) noexcept;

}  // namespace outis::init
