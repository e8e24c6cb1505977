// The system call instruction of each architecture, and what turns C++ arguments into its words.
#pragma once

#include <cerrno>
#include <type_traits>

namespace outis::init::sys {

// Six argument registers, the number's, and the answer in the first: syscall(2). Raw, so that PID 1
// needs no errno, hence no thread-local storage, hence none of libc's start-up.
[[gnu::always_inline]] inline long raw_call(long number, long a, long b, long c, long d, long e,
                                            long f) noexcept
{
#if defined(__x86_64__)
    register long r10 asm("r10") = d;
    register long r8 asm("r8") = e;
    register long r9 asm("r9") = f;
    long answer = 0;
    asm volatile("syscall"
                 : "=a"(answer)
                 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                 : "rcx", "r11", "memory");
    return answer;
#elif defined(__aarch64__)
    register long x8 asm("x8") = number;
    register long x0 asm("x0") = a;
    register long x1 asm("x1") = b;
    register long x2 asm("x2") = c;
    register long x3 asm("x3") = d;
    register long x4 asm("x4") = e;
    register long x5 asm("x5") = f;
    asm volatile("svc 0"
                 : "+r"(x0)
                 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
                 : "memory");
    return x0;
#endif
}

template <typename Argument>
long word(Argument argument) noexcept
{
    if constexpr (std::is_pointer_v<Argument>)
        return reinterpret_cast<long>(argument);
    else if constexpr (std::is_null_pointer_v<Argument>)
        return 0;
    else
        return static_cast<long>(argument);
}

template <typename... Arguments>
[[gnu::always_inline]] inline long call(long number, Arguments... arguments) noexcept
{
    const long words[6]{word(arguments)...};
    return raw_call(number, words[0], words[1], words[2], words[3], words[4], words[5]);
}

// For calls that a stop and continue, or a signal, may cut short.
template <typename... Arguments>
[[gnu::always_inline]] inline long call_again(long number, Arguments... arguments) noexcept
{
    for (;;) {
        const long result = call(number, arguments...);
        if (result != -EINTR)
            return result;
    }
}

}  // namespace outis::init::sys
