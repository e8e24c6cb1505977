// Where the kernel enters PID 1. No libc start-up runs before it, so signals are blocked within the
// first few instructions; nothing here needs what it would have prepared (no TLS, no constructors).
//
// At entry the stack holds argc, argv…, NULL, environment…, NULL, auxv (System V ABI, section
// "Process Initialization" of x86_64 and aarch64).
#include "init/kernel/sys.h"
#include "init/start/enter.h"

extern "C" [[noreturn, gnu::used]] void outis_start(long* stack)
{
    char** argv = reinterpret_cast<char**>(stack + 1);
    outis::init::sys::exit(outis::init::enter(argv, argv + *stack + 1));
}

#if defined(__x86_64__)
asm(".globl _start\n"
    "_start:\n\t"
    "xor %ebp, %ebp\n\t"
    "mov %rsp, %rdi\n\t"
    "and $-16, %rsp\n\t"
    "call outis_start\n");
#elif defined(__aarch64__)
asm(".globl _start\n"
    "_start:\n\t"
    "mov x29, xzr\n\t"
    "mov x0, sp\n\t"
    "bl outis_start\n");
#endif
