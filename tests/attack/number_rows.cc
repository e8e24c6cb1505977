// Calls by other doors: foreign ABIs, numbers that are none.
#include <sys/syscall.h>

#include "attack.h"
#include "support/ia32.h"

namespace outis::attack {
namespace {

constexpr long kUnknown = 1234;  // above every number of Linux 7.1

#ifdef __x86_64__
constexpr long kX32 = 0x40000000;  // __X32_SYSCALL_BIT
constexpr int kI386Mount = 21;
constexpr int kI386Getpid = 20;

int interrupt(int number, unsigned long first, unsigned long second, unsigned long third)
{
    const long answer = tests::call_ia32(number, first, second, third);
    return answer < 0 && answer > -4096 ? static_cast<int>(-answer) : 0;
}

constexpr Row kRows[]{
    {"number-minus-one", [] { return call(-1); }, "filter"},
    {"number-unknown", [] { return call(kUnknown); }, "filter"},
    {"x32-getpid", [] { return call(kX32 | SYS_getpid); }, "abi x32"},
    {"x32-mount", [] { return call(kX32 | SYS_mount, 0, 0, 0, 0, 0); }, "filter"},
    {"x32-execve", [] { return call(kX32 | 520, kProgram, 0, 0); }, "abi x32"},
    {"int80-getpid", [] { return interrupt(kI386Getpid, 0, 0, 0); }, "abi i386"},
    {"int80-mount", [] { return interrupt(kI386Mount, 0, 0, 0); }, "filter"},
};
#else
int absent()
{
    return kAbsent;
}

constexpr Row kRows[]{
    {"number-minus-one", [] { return call(-1); }, "filter"},
    {"number-unknown", [] { return call(kUnknown); }, "filter"},
    {"x32-getpid", absent, "abi x32"},
    {"x32-mount", absent, "filter"},
    {"x32-execve", absent, "abi x32"},
    {"int80-getpid", absent, "abi i386"},
    {"int80-mount", absent, "filter"},
};
#endif

}  // namespace

std::span<const Row> number_rows()
{
    return kRows;
}

}  // namespace outis::attack
