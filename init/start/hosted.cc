// The hosted twin, for sanitizers: the same program behind libc's start-up.
#include "init/kernel/memory.h"
#include "init/start/enter.h"

// Beside libc and a sanitizer there is memory here that is not ours to give.
void outis::init::give_back_memory() noexcept {}

// PID 1 has no heap. When it ends, the search for leaks would start a thread, which its own filter
// refuses.
extern "C" const char* __asan_default_options()
{
    return "detect_leaks=0";
}

int main(int, char** argv, char** environment)
{
    return outis::init::enter(argv, environment);
}
