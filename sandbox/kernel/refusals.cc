#include "sandbox/kernel/refusals.h"

#include <algorithm>
#include <array>

#include "sandbox/kernel/syscalls.h"

namespace outis::sandbox::kernel {
namespace {

struct Refusal {
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
constexpr std::array kRefusals = std::to_array<Refusal>({
    {"fgetxattr", kEnotsup, kEnotsup},
    {"flistxattr", kEnotsup, kEnotsup},
    {"fremovexattr", kEnotsup, kEnotsup},
    {"fsetxattr", kEnotsup, kEnotsup},
    {"get_mempolicy", kEnosys, kEnosys},
    {"getxattr", kEnotsup, kEnotsup},
    {"io_setup", kEnosys, kEnosys},
    {"ioctl", kEperm, kEnotty},
    {"kcmp", kEnosys, kEnosys},
    {"landlock_add_rule", kEnosys, kEnosys},
    {"landlock_create_ruleset", kEnosys, kEnosys},
    {"landlock_restrict_self", kEnosys, kEnosys},
    {"lgetxattr", kEnotsup, kEnotsup},
    {"listxattr", kEnotsup, kEnotsup},
    {"llistxattr", kEnotsup, kEnotsup},
    {"lremovexattr", kEnotsup, kEnotsup},
    {"lsetxattr", kEnotsup, kEnotsup},
    {"lsm_get_self_attr", kEnosys, kEnosys},
    {"lsm_list_modules", kEnosys, kEnosys},
    {"mbind", kEnosys, kEnosys},
    {"memfd_create", kEnosys, kEnosys},
    {"migrate_pages", kEnosys, kEnosys},
    {"modify_ldt", kEnosys, kEnosys},
    {"move_pages", kEnosys, kEnosys},
    {"mq_open", kEnosys, kEnosys},
    {"msgget", kEnosys, kEnosys},
    {"pkey_alloc", kEnosys, kEnosys},
    {"pkey_free", kEnosys, kEnosys},
    {"pkey_mprotect", kEnosys, kEperm},
    {"prctl", kEperm, kEinval},
    {"removexattr", kEnotsup, kEnotsup},
    {"seccomp", kEnosys, kEinval},
    {"semget", kEnosys, kEnosys},
    {"send", kEperm, kEnotsup},
    {"sendmmsg", kEperm, kEnotsup},
    {"sendmsg", kEperm, kEnotsup},
    {"sendto", kEperm, kEnotsup},
    {"set_mempolicy", kEnosys, kEnosys},
    {"setsockopt", kEperm, kEnoprotoopt},
    {"setxattr", kEnotsup, kEnotsup},
    {"shmget", kEnosys, kEnosys},
    {"socket", kEperm, kEafnosupport},
    {"socketpair", kEperm, kEafnosupport},
});

static_assert(std::ranges::is_sorted(kRefusals, {}, &Refusal::call));

const Refusal* find_refusal(std::string_view call) noexcept
{
    const auto* found = std::ranges::lower_bound(kRefusals, call, {}, &Refusal::call);
    return found != kRefusals.end() && found->call == call ? found : nullptr;
}

}  // namespace

std::uint16_t errno_of_call(std::string_view call) noexcept
{
    if (is_replaceable(call))
        return kEnosys;
    const Refusal* row = find_refusal(call);
    return row == nullptr ? kEperm : row->whole;
}

std::uint16_t errno_of_arguments(std::string_view call) noexcept
{
    if (is_replaceable(call))
        return kEnosys;
    const Refusal* row = find_refusal(call);
    return row == nullptr ? kEperm : row->arguments;
}

}  // namespace outis::sandbox::kernel
