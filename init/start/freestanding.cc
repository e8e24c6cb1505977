// Where the kernel enters PID 1. No libc start-up runs before it, so signals are blocked within the
// first few instructions; nothing here needs what it would have prepared (no TLS, no constructors).
//
// At entry the stack holds argc, argv…, NULL, environment…, NULL, auxv (System V ABI, section
// "Process Initialization" of x86_64 and aarch64).
#include "init/kernel/memory.h"
#include "init/kernel/sys.h"
#include "init/start/enter.h"

#include <cstdint>

// Put there by the linker: ld(1), "Orphan Sections", and its default script.
extern "C" const std::byte __executable_start[];
extern "C" const std::byte __start_outis_loop[];
extern "C" const std::byte __stop_outis_loop[];
extern "C" const std::byte _end[];

namespace outis::init {
namespace {

constexpr std::uintptr_t kPage = 4096;  // the smallest; a larger one only leaves more in place

constexpr std::uintptr_t kInUse = 512;          // of the stack: this frame, a call and the red zone
constexpr std::uintptr_t kDeepest = 64 * 1024;  // start-up does not go below this

std::uintptr_t page_of(const std::byte* address) noexcept
{
    return reinterpret_cast<std::uintptr_t>(address) & ~(kPage - 1);
}

}  // namespace

// All data of the program is constant or, like the policy and the child's stack, past its use.
[[OUTIS_IN_LOOP]] void give_back_memory() noexcept
{
    const std::uintptr_t first = page_of(__executable_start);
    const std::uintptr_t loop = page_of(__start_outis_loop);
    const std::uintptr_t after = page_of(__stop_outis_loop + kPage - 1);
    const std::uintptr_t last = page_of(_end + kPage - 1);
    sys::keep_apart(loop, after - loop);
    sys::give_back(first, loop - first);
    sys::give_back(after, last - after);
    // Start-up went deeper into the stack than the loop does. The part that is not mapped is passed
    // over (madvise(2), ENOMEM).
    const auto here = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
    const std::uintptr_t below = (here - kInUse) & ~(kPage - 1);
    sys::give_back(below - kDeepest, kDeepest);
}

}  // namespace outis::init

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
