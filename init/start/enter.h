// The door into PID 1, behind the kernel's (freestanding.cc) or libc's (hosted.cc).
#pragma once

namespace outis::init {

// `argv` and `environment` are NULL-terminated. The exit code.
int enter(char** argv, char** environment) noexcept;

}  // namespace outis::init
