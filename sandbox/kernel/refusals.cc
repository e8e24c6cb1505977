#include "sandbox/kernel/refusals.h"

#include <algorithm>
#include <array>

#include "sandbox/kernel/syscalls.h"

namespace outis::sandbox {
namespace {

// asm-generic/errno-base.h, asm-generic/errno.h: the same on every ABI that we know.
constexpr std::uint16_t kPermission = 1;         // EPERM
constexpr std::uint16_t kInvalid = 22;           // EINVAL
constexpr std::uint16_t kNoTerminal = 25;        // ENOTTY
constexpr std::uint16_t kNoSuchCall = 38;        // ENOSYS
constexpr std::uint16_t kNoProtocolOption = 92;  // ENOPROTOOPT
constexpr std::uint16_t kNotSupported = 95;      // EOPNOTSUPP, ENOTSUP
constexpr std::uint16_t kNoAddressFamily = 97;   // EAFNOSUPPORT

struct Row {
    std::string_view call;
    std::uint16_t whole;
    std::uint16_t arguments;
};

// What the kernel itself answers where it lacks the thing, which is what callers are written for.
//
//   ENOSYS         the kernel is built without it: numa_available(3) and the allocators of MySQL,
//                  Cassandra and ClickHouse for memory placement; io_setup(2) (InnoDB falls back to
//                  threads); mq_overview(7), sysvipc(7); memfd_create(2), for which callers make a
//                  file; kcmp(2); landlock(7) and seccomp(2), which optional sandboxes look for;
//                  modify_ldt(2); pkeys(7), for which V8 looks
//   ENOTSUP        the file system has no attributes: xattr(7); cp(1), ls(1) and tar(1) are silent
//   EAFNOSUPPORT   socket(2): libcs and runtimes try the next family
//   EINVAL         prctl(2): no such operation
//   ENOTTY         ioctl(2): no such request for this file
//   ENOPROTOOPT    setsockopt(2)
//   EOPNOTSUPP     net.ipv4.tcp_fastopen is off: sendto(2) with MSG_FASTOPEN, after which callers
//                  connect
constexpr std::array kRows = std::to_array<Row>({
    {"fgetxattr", kNotSupported, kNotSupported},
    {"flistxattr", kNotSupported, kNotSupported},
    {"fremovexattr", kNotSupported, kNotSupported},
    {"fsetxattr", kNotSupported, kNotSupported},
    {"get_mempolicy", kNoSuchCall, kNoSuchCall},
    {"getxattr", kNotSupported, kNotSupported},
    {"io_setup", kNoSuchCall, kNoSuchCall},
    {"ioctl", kPermission, kNoTerminal},
    {"kcmp", kNoSuchCall, kNoSuchCall},
    {"landlock_add_rule", kNoSuchCall, kNoSuchCall},
    {"landlock_create_ruleset", kNoSuchCall, kNoSuchCall},
    {"landlock_restrict_self", kNoSuchCall, kNoSuchCall},
    {"lgetxattr", kNotSupported, kNotSupported},
    {"listxattr", kNotSupported, kNotSupported},
    {"llistxattr", kNotSupported, kNotSupported},
    {"lremovexattr", kNotSupported, kNotSupported},
    {"lsetxattr", kNotSupported, kNotSupported},
    {"lsm_get_self_attr", kNoSuchCall, kNoSuchCall},
    {"lsm_list_modules", kNoSuchCall, kNoSuchCall},
    {"mbind", kNoSuchCall, kNoSuchCall},
    {"memfd_create", kNoSuchCall, kNoSuchCall},
    {"migrate_pages", kNoSuchCall, kNoSuchCall},
    {"modify_ldt", kNoSuchCall, kNoSuchCall},
    {"move_pages", kNoSuchCall, kNoSuchCall},
    {"mq_open", kNoSuchCall, kNoSuchCall},
    {"msgget", kNoSuchCall, kNoSuchCall},
    {"pkey_alloc", kNoSuchCall, kNoSuchCall},
    {"pkey_free", kNoSuchCall, kNoSuchCall},
    {"pkey_mprotect", kNoSuchCall, kPermission},
    {"prctl", kPermission, kInvalid},
    {"removexattr", kNotSupported, kNotSupported},
    {"seccomp", kNoSuchCall, kInvalid},
    {"semget", kNoSuchCall, kNoSuchCall},
    {"send", kPermission, kNotSupported},
    {"sendmmsg", kPermission, kNotSupported},
    {"sendmsg", kPermission, kNotSupported},
    {"sendto", kPermission, kNotSupported},
    {"set_mempolicy", kNoSuchCall, kNoSuchCall},
    {"setsockopt", kPermission, kNoProtocolOption},
    {"setxattr", kNotSupported, kNotSupported},
    {"shmget", kNoSuchCall, kNoSuchCall},
    {"socket", kPermission, kNoAddressFamily},
    {"socketpair", kPermission, kNoAddressFamily},
});

static_assert(std::ranges::is_sorted(kRows, {}, &Row::call));

const Row* find_row(std::string_view call) noexcept
{
    const auto* found = std::ranges::lower_bound(kRows, call, {}, &Row::call);
    return found != kRows.end() && found->call == call ? found : nullptr;
}

}  // namespace

std::uint16_t errno_of_call(std::string_view call) noexcept
{
    if (is_replaceable(call))
        return kNoSuchCall;
    const Row* row = find_row(call);
    return row == nullptr ? kPermission : row->whole;
}

std::uint16_t errno_of_arguments(std::string_view call) noexcept
{
    if (is_replaceable(call))
        return kNoSuchCall;
    const Row* row = find_row(call);
    return row == nullptr ? kPermission : row->arguments;
}

}  // namespace outis::sandbox
