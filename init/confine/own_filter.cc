#include "init/confine/own_filter.h"

#include <array>
#include <cerrno>
#include <cstddef>

#include <fcntl.h>
#include <linux/audit.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
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

constexpr std::array<std::uint32_t, 18> kSupervising{
    SYS_rt_sigtimedwait,  // the loop itself
    SYS_wait4,            // reaping
    SYS_kill,             // forwarding, and the end of those left behind
    SYS_rt_sigqueueinfo,  // forwarding with a payload
    SYS_restart_syscall,  // a stopped and continued wait goes on through it
    SYS_rt_sigreturn,     // the kernel may demand it
    SYS_exit_group,       // the end
    SYS_clock_gettime,    // drain and grace
    SYS_ppoll,            // is there room on stderr
    SYS_write,            // a line on stderr
    SYS_ioctl,            // the terminal's foreground
    SYS_getpgid,          // our own group, for the terminal
    SYS_read,             // /proc/PID/stat
    SYS_getdents64,       // the list of /proc
    SYS_close,            // both
    SYS_madvise,          // giving memory back
    SYS_sync,             // before the power goes
    SYS_reboot,           // with --halt; without it there is no capability for it
};

constexpr std::array<std::uint32_t, 11> kProbing{
    SYS_socket,           // one connection,
    SYS_connect,          // to what is probed;
    SYS_getsockopt,       // whether it came about
    SYS_ppoll,            // until it has, or the answer is there
    SYS_read,             // the answer
    SYS_write,            // the question, and why it is unhealthy
    SYS_close,            // what was opened
    SYS_clock_gettime,    // the time limit
    SYS_restart_syscall,  // a stopped and continued wait goes on through it
    SYS_rt_sigreturn,     // the kernel may demand it
    SYS_exit_group,       // the end
};

constexpr std::uint32_t kOpenFlagsOffset = filter::kArgumentsOffset + 2 * 8;
constexpr std::uint32_t kWriting = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC;

// Three instructions in front of the calls, three for ptrace, three for openat, two verdicts.
constexpr std::size_t kFrame = 11;

template <std::size_t Calls>
using Program = std::array<std::byte, (kFrame + Calls) * filter::kInstructionSize>;

// The architecture, one comparison a call, ptrace to let go alone, openat for reading alone.
template <std::size_t Calls>
consteval Program<Calls> assemble(const std::array<std::uint32_t, Calls>& calls)
{
    using filter::Instruction;
    Program<Calls> program{};
    std::size_t at = 0;
    const auto emit = [&](const Instruction& instruction) {
        filter::store_instruction(program, at++, instruction);
    };
    const auto to = [&](std::size_t target) { return static_cast<std::uint8_t>(target - at - 1); };
    constexpr std::size_t kRefuse = kFrame + Calls - 2;
    constexpr std::size_t kAllow = kFrame + Calls - 1;
    emit({.code = filter::kLoadWord, .k = filter::kArchOffset});
    emit({.code = filter::kJumpEqual, .jt = 0, .jf = to(kRefuse), .k = kAuditArch});
    emit({.code = filter::kLoadWord, .k = filter::kNumberOffset});
    for (const std::uint32_t call : calls)
        emit({.code = filter::kJumpEqual, .jt = to(kAllow), .jf = 0, .k = call});
    emit({.code = filter::kJumpEqual, .jt = 0, .jf = 2, .k = SYS_ptrace});
    emit({.code = filter::kLoadWord, .k = filter::kArgumentsOffset});
    emit({.code = filter::kJumpEqual, .jt = to(kAllow), .jf = to(kRefuse), .k = PTRACE_DETACH});
    emit({.code = filter::kJumpEqual, .jt = 0, .jf = to(kRefuse), .k = SYS_openat});
    emit({.code = filter::kLoadWord, .k = kOpenFlagsOffset});
    emit({.code = filter::kJumpAnyBit, .jt = to(kRefuse), .jf = to(kAllow), .k = kWriting});
    emit({.code = filter::kReturn, .k = filter::kErrno | EPERM});
    emit({.code = filter::kReturn, .k = filter::kAllow});
    return program;
}

alignas(8) constexpr auto kSupervisorProgram = assemble(kSupervising);
alignas(8) constexpr auto kProberProgram = assemble(kProbing);
static_assert(filter::well_formed(kSupervisorProgram) && filter::well_formed(kProberProgram));

Outcome confine(Bytes program) noexcept
{
    if (const long answer = sys::control(PR_SET_NO_NEW_PRIVS, 1); answer < 0)
        return Failure{Fault{.step = Step::no_new_privs, .number = static_cast<int>(-answer)}};
    sys::control(PR_SET_DUMPABLE, 0);
    const std::size_t count = program.size() / filter::kInstructionSize;
    if (const long answer = sys::set_filter(0, program.data(), count); answer < 0)
        return Failure{Fault{.step = Step::seccomp, .number = static_cast<int>(-answer)}};
    return Done{};
}

}  // namespace

Outcome confine_supervisor() noexcept
{
    return confine(kSupervisorProgram);
}

Outcome confine_prober() noexcept
{
    return confine(kProberProgram);
}

}  // namespace outis::init
