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

long landlock_version() noexcept
{
    constexpr std::uint32_t kVersion = 1;  // LANDLOCK_CREATE_RULESET_VERSION
    return call(SYS_landlock_create_ruleset, nullptr, 0, kVersion);
}

long landlock_create(std::uint64_t files, std::uint64_t ports, std::uint64_t scopes,
                     int abi) noexcept
{
    // struct landlock_ruleset_attr grew a word with ABI 4 and one with ABI 6.
    const std::uint64_t attributes[3]{files, ports, scopes};
    const std::size_t words = abi < 4 ? 1 : abi < 6 ? 2 : 3;
    return call(SYS_landlock_create_ruleset, attributes, words * sizeof files, 0);
}

long landlock_add_path(int ruleset, int path, std::uint64_t access) noexcept
{
    struct [[gnu::packed]] {
        std::uint64_t access;
        std::int32_t path;
    } const attributes{.access = access, .path = path};

    constexpr int kPathBeneath = 1;  // LANDLOCK_RULE_PATH_BENEATH
    return call(SYS_landlock_add_rule, ruleset, kPathBeneath, &attributes, 0);
}

long landlock_add_port(int ruleset, std::uint16_t port, std::uint64_t access) noexcept
{
    const std::uint64_t attributes[2]{access, port};
    constexpr int kNetPort = 2;  // LANDLOCK_RULE_NET_PORT
    return call(SYS_landlock_add_rule, ruleset, kNetPort, attributes, 0);
}

long landlock_restrict(int ruleset) noexcept
{
    return call(SYS_landlock_restrict_self, ruleset, 0);
}

long random(std::span<std::byte> buffer) noexcept
{
    return call_again(SYS_getrandom, buffer.data(), buffer.size(), 0);
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
