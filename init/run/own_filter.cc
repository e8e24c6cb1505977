#include "init/run/own_filter.h"

#include <array>
#include <cerrno>
#include <cstddef>

#include <fcntl.h>
#include <linux/audit.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "init/kernel/sys.h"
#include "outis/base/filter.h"

namespace outis::init {
namespace {

#if defined(__x86_64__)
constexpr std::uint32_t kAuditArch = AUDIT_ARCH_X86_64;
#else
constexpr std::uint32_t kAuditArch = AUDIT_ARCH_AARCH64;
#endif

constexpr std::array<std::uint32_t, 20> kCalls{
    SYS_rt_sigtimedwait,   // the loop itself
    SYS_wait4,             // reaping
    SYS_kill,              // forwarding, and the end of those left behind
    SYS_rt_sigqueueinfo,   // forwarding with a payload
    SYS_restart_syscall,   // a stopped and continued wait goes on through it
    SYS_rt_sigreturn,      // the kernel may demand it
    SYS_exit_group,        // the end
    SYS_exit,              // the same, of one thread
    SYS_clock_gettime,     // drain and grace
    SYS_ppoll,             // is there room on stderr
    SYS_write,             // a line on stderr
    SYS_ioctl,             // the terminal's foreground
    SYS_getpgid,           // our own group, for the terminal
    SYS_read,              // /proc/PID/stat
    SYS_getdents64,        // the list of /proc
    SYS_close,             // both
    SYS_madvise,           // giving memory back
    SYS_getpid,            // who we are
    SYS_setpgid,           // the child's group, from our side
    SYS_clock_nanosleep,   // a pause between two tries
};

constexpr std::uint32_t kOpenFlagsOffset = filter::kArgumentsOffset + 2 * 8;
constexpr std::uint32_t kWriting = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC;

// Architecture, then one comparison a call; openat only for reading; reboot and sync only to halt.
constexpr std::size_t kLength = 3 + kCalls.size() + 7;
using Program = std::array<std::byte, kLength * filter::kInstructionSize>;

consteval Program assemble(bool halt)
{
    using filter::Instruction;
    Program program{};
    std::size_t at = 0;
    const auto emit = [&](const Instruction& instruction) {
        filter::store_instruction(program, at++, instruction);
    };
    const auto to = [&](std::size_t target) {
        return static_cast<std::uint8_t>(target - at - 1);
    };
    constexpr std::size_t kRefuse = kLength - 2;
    constexpr std::size_t kAllow = kLength - 1;
    emit({.code = filter::kLoadWord, .k = filter::kArchOffset});
    emit({.code = filter::kJumpEqual, .jt = 0, .jf = to(kRefuse), .k = kAuditArch});
    emit({.code = filter::kLoadWord, .k = filter::kNumberOffset});
    for (const std::uint32_t call : kCalls)
        emit({.code = filter::kJumpEqual, .jt = to(kAllow), .jf = 0, .k = call});
    const std::uint32_t power = halt ? SYS_reboot : SYS_exit_group;
    const std::uint32_t sync = halt ? SYS_sync : SYS_exit_group;
    emit({.code = filter::kJumpEqual, .jt = to(kAllow), .jf = 0, .k = power});
    emit({.code = filter::kJumpEqual, .jt = to(kAllow), .jf = 0, .k = sync});
    emit({.code = filter::kJumpEqual, .jt = 0, .jf = to(kRefuse), .k = SYS_openat});
    emit({.code = filter::kLoadWord, .k = kOpenFlagsOffset});
    emit({.code = filter::kJumpAnyBit, .jt = to(kRefuse), .jf = to(kAllow), .k = kWriting});
    emit({.code = filter::kReturn, .k = filter::kErrno | EPERM});
    emit({.code = filter::kReturn, .k = filter::kAllow});
    return program;
}

alignas(8) constexpr Program kSupervising = assemble(false);
alignas(8) constexpr Program kHalting = assemble(true);
static_assert(filter::well_formed(kSupervising) && filter::well_formed(kHalting));

}  // namespace

Outcome confine_supervisor(bool halt) noexcept
{
    if (const long answer = sys::control(PR_SET_NO_NEW_PRIVS, 1); answer < 0)
        return Failure{Fault{.step = Step::no_new_privs, .number = static_cast<int>(-answer)}};
    sys::control(PR_SET_DUMPABLE, 0);
    const Program& program = halt ? kHalting : kSupervising;
    if (const long answer = sys::set_filter(0, program.data(), kLength); answer < 0)
        return Failure{Fault{.step = Step::seccomp, .number = static_cast<int>(-answer)}};
    return Done{};
}

}  // namespace outis::init
