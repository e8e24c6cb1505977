// The part of sys.h that concerns ids, capabilities and filters.
#include <cstdint>

#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>

#include "init/kernel/raw_call.h"
#include "init/kernel/sys.h"

namespace outis::init::sys {
namespace {

constexpr unsigned kLowWord = 0;   // capabilities 0..31
constexpr unsigned kHighWord = 1;  // capabilities 32..63

}  // namespace

Ids user_ids() noexcept
{
    Ids ids;
    call(SYS_getresuid, &ids.real, &ids.effective, &ids.saved);
    return ids;
}

Ids group_ids() noexcept
{
    Ids ids;
    call(SYS_getresgid, &ids.real, &ids.effective, &ids.saved);
    return ids;
}

long set_user(std::uint32_t uid) noexcept
{
    return call(SYS_setresuid, uid, uid, uid);
}

long set_group(std::uint32_t gid) noexcept
{
    return call(SYS_setresgid, gid, gid, gid);
}

long groups(std::span<std::uint32_t> result) noexcept
{
    return call(SYS_getgroups, static_cast<int>(result.size()), result.data());
}

long set_groups(std::span<const std::uint32_t> list) noexcept
{
    return call(SYS_setgroups, list.size(), list.data());
}

long get_capabilities(CapabilitySets& sets) noexcept
{
    __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
    __user_cap_data_struct words[_LINUX_CAPABILITY_U32S_3]{};
    const long result = call(SYS_capget, &header, words);
    const auto join = [&](auto member) {
        return std::uint64_t{words[kHighWord].*member} << 32 | words[kLowWord].*member;
    };
    sets = CapabilitySets{
        .effective = join(&__user_cap_data_struct::effective),
        .permitted = join(&__user_cap_data_struct::permitted),
        .inheritable = join(&__user_cap_data_struct::inheritable),
    };
    return result;
}

long set_capabilities(const CapabilitySets& sets) noexcept
{
    __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
    const auto word = [&](unsigned shift) {
        return __user_cap_data_struct{
            .effective = static_cast<std::uint32_t>(sets.effective >> shift),
            .permitted = static_cast<std::uint32_t>(sets.permitted >> shift),
            .inheritable = static_cast<std::uint32_t>(sets.inheritable >> shift),
        };
    };
    const __user_cap_data_struct words[_LINUX_CAPABILITY_U32S_3]{word(0), word(32)};
    return call(SYS_capset, &header, words);
}

long control(int operation, std::uintptr_t a, std::uintptr_t b) noexcept
{
    return call(SYS_prctl, operation, a, b, std::uintptr_t{0}, std::uintptr_t{0});
}

long set_filter(unsigned flags, const std::byte* program, std::size_t count) noexcept
{
    struct {
        unsigned short count;
        const std::byte* program;
    } const filter{.count = static_cast<unsigned short>(count), .program = program};

    static_assert(sizeof filter == sizeof(sock_fprog));
    return call(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &filter);
}

}  // namespace outis::init::sys
