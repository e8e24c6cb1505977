#include "sandbox/kernel/companions.h"

#include <algorithm>
#include <array>

namespace outis::sandbox::kernel {
namespace {

struct Multiplexed {
    std::string_view name;
    Companion companion;
};

// Sources: linux/net.h, SYS_*; linux/ipc.h. Ascending by name.
constexpr std::array kMultiplexed = std::to_array<Multiplexed>({
    {"accept", {"socketcall", 5}},
    {"accept4", {"socketcall", 18}},
    {"bind", {"socketcall", 2}},
    {"connect", {"socketcall", 3}},
    {"getpeername", {"socketcall", 7}},
    {"getsockname", {"socketcall", 6}},
    {"getsockopt", {"socketcall", 15}},
    {"listen", {"socketcall", 4}},
    {"msgctl", {"ipc", 14}},
    {"msgget", {"ipc", 13}},
    {"msgrcv", {"ipc", 12}},
    {"msgsnd", {"ipc", 11}},
    {"recv", {"socketcall", 10}},
    {"recvfrom", {"socketcall", 12}},
    {"recvmmsg", {"socketcall", 19}},
    {"recvmsg", {"socketcall", 17}},
    {"semctl", {"ipc", 3}},
    {"semget", {"ipc", 2}},
    {"semop", {"ipc", 1}},
    {"semtimedop", {"ipc", 4}},
    {"send", {"socketcall", 9}},
    {"sendmmsg", {"socketcall", 20}},
    {"sendmsg", {"socketcall", 16}},
    {"sendto", {"socketcall", 11}},
    {"setsockopt", {"socketcall", 14}},
    {"shmat", {"ipc", 21}},
    {"shmctl", {"ipc", 24}},
    {"shmdt", {"ipc", 22}},
    {"shmget", {"ipc", 23}},
    {"shutdown", {"socketcall", 13}},
    {"socket", {"socketcall", 1}},
    {"socketpair", {"socketcall", 8}},
});

static_assert(std::ranges::is_sorted(kMultiplexed, {}, &Multiplexed::name));

}  // namespace

std::optional<Companion> companion_of(std::string_view call) noexcept
{
    const auto* found = std::ranges::lower_bound(kMultiplexed, call, {}, &Multiplexed::name);
    if (found == kMultiplexed.end() || found->name != call)
        return std::nullopt;
    return found->companion;
}

}  // namespace outis::sandbox::kernel
