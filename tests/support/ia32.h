// The 32-bit entry of x86-64, int 0x80, from 64-bit code. A kernel without it (no
// CONFIG_IA32_EMULATION, or ia32_emulation=0 on its command line, Linux 6.7) ends the caller with
// SIGSEGV before it asks any filter.
#pragma once

#include <csignal>

#include <sys/wait.h>
#include <unistd.h>

namespace outis::tests {

#if defined(__x86_64__)
// The numbers are those of i386. The answer is the kernel's: a result, or -errno.
inline long call_ia32(long number, unsigned long first = 0, unsigned long second = 0,
                      unsigned long third = 0)
{
    long answer = number;
    __asm__ volatile("int $0x80"
                     : "+a"(answer)
                     : "b"(first), "c"(second), "d"(third), "S"(0L), "D"(0L)
                     : "memory", "r8", "r9", "r10", "r11");
    return answer;
}

// A child tries.
inline bool has_ia32()
{
    constexpr long kGetpid = 20;
    const pid_t child = fork();
    if (child == 0) {
        // A test program's own handler would report a crash.
        signal(SIGSEGV, SIG_DFL);
        call_ia32(kGetpid);
        _exit(0);
    }
    int status = 0;
    return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status);
}
#else
inline bool has_ia32()
{
    return false;
}
#endif

}  // namespace outis::tests
