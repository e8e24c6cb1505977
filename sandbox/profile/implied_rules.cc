#include "sandbox/profile/implied_rules.h"

#include <algorithm>
#include <array>

#include "sandbox/kernel/companions.h"
#include "sandbox/kernel/syscalls.h"
#include "sandbox/language/condition.h"

namespace outis::sandbox::profile {
namespace {

struct Implied {
    std::string_view call;
    std::string_view when;
};

void refuse(SeccompState& state, std::string_view call, std::string_view when,
            std::string_view reason)
{
    state.calls[std::string(call)].refusals.push_back(
        Rule{.action = {},
             .when = language::parse_condition(when, call).take(),
             .origin = {.text = std::string(when), .reason = std::string(reason)}});
}

// Shared memory can be mapped a second time and written there, by mremap(2) or after a fork; only
// a private mapping of a file (MAP_TYPE is 0x0f, MAP_ANONYMOUS 0x20) is what loaders make.
// A memfd, secret memory or a file of another process can be filled and then mapped executable,
// whatever flags it was made with. A tracer writes into executable memory of its tracee (ptrace(2),
// PTRACE_POKETEXT). With READ_IMPLIES_EXEC every readable mapping is executable (personality(2)).
constexpr std::array kNoNewCode = std::to_array<Implied>({
    {"mmap", "prot & PROT_WRITE|PROT_EXEC == PROT_WRITE|PROT_EXEC"},
    {"mmap2", "prot & PROT_WRITE|PROT_EXEC == PROT_WRITE|PROT_EXEC"},
    {"mmap", "prot & PROT_EXEC != 0 and flags & 0x2f != MAP_PRIVATE"},
    {"mmap2", "prot & PROT_EXEC != 0 and flags & 0x2f != MAP_PRIVATE"},
    {"mprotect", "prot & PROT_EXEC != 0"},
    {"pkey_mprotect", "prot & PROT_EXEC != 0"},
    {"shmat", "shmflg & SHM_EXEC != 0"},
    {"memfd_create", "always"},
    {"memfd_secret", "always"},
    {"ptrace", "always"},
    {"uselib", "always"},
    {"personality", "persona & READ_IMPLIES_EXEC != 0 and persona != 0xffffffff"},
});

// MPTCP, SMC, SCTP and DCCP are streams of their own protocol; SMC and RDS make TCP connections
// inside the kernel, and SMC can take over a TCP socket (TCP_ULP). MSG_FASTOPEN connects (tcp(7)).
constexpr std::array kOnlyTcp = std::to_array<Implied>({
    {"socket",
     "domain in [AF_INET, AF_INET6] and type & SOCK_TYPE_MASK == SOCK_STREAM and "
     "protocol not in [IPPROTO_IP, IPPROTO_TCP]"},
    {"socket",
     "domain in [AF_INET, AF_INET6] and type & SOCK_TYPE_MASK in [SOCK_RDM, SOCK_SEQPACKET, "
     "SOCK_DCCP]"},
    {"socket", "domain in [AF_SMC, AF_RDS]"},
    {"io_uring_setup", "always"},  // makes sockets, listens and sends where no filter looks
    {"setsockopt", "level == IPPROTO_TCP and optname == TCP_ULP"},
});

constexpr std::array kNoFastOpen = std::to_array<Implied>({
    {"send", "flags & MSG_FASTOPEN != 0"},
    {"sendto", "flags & MSG_FASTOPEN != 0"},
    {"sendmsg", "flags & MSG_FASTOPEN != 0"},
    {"sendmmsg", "flags & MSG_FASTOPEN != 0"},
});

constexpr std::array kOnlyUdp = std::to_array<Implied>({
    {"io_uring_setup", "always"},
    {"socket",
     "domain in [AF_INET, AF_INET6] and type & SOCK_TYPE_MASK == SOCK_DGRAM and "
     "protocol not in [IPPROTO_IP, IPPROTO_UDP, IPPROTO_ICMP, IPPROTO_ICMPV6]"},
});

// A socket that listens without bind(2) takes a port that the kernel chooses.
constexpr std::array kNoListening = std::to_array<Implied>({
    {"listen", "always"},
    {"accept", "always"},
    {"accept4", "always"},
});

template <std::size_t Size>
void refuse_all(SeccompState& state, const std::array<Implied, Size>& rows, std::string_view reason)
{
    for (const Implied& row : rows)
        refuse(state, row.call, row.when, reason);
}

bool allowed_outright(const SeccompState& state, std::string_view name)
{
    const auto found = state.calls.find(std::string(name));
    if (found == state.calls.end())
        return permits(state.seccomp.otherwise);
    const CallState& call = found->second;
    return permits(call.listed.value_or(state.seccomp.otherwise)) && call.refusals.empty() &&
           call.permissions.empty();
}

// "call & 0xffff in [1, 8]": the numbers of a carrier's calls that are not allowed outright. The
// upper half of ipc's number is a version (ipc/syscall.c).
std::string closed_numbers(const SeccompState& state, std::string_view carrier)
{
    std::string numbers;
    for (const kernel::Syscall& call : kernel::syscalls()) {
        const std::optional<kernel::Companion> companion = kernel::companion_of(call.name);
        if (companion && companion->call == carrier && !allowed_outright(state, call.name))
            numbers += (numbers.empty() ? "" : ", ") + std::to_string(companion->number);
    }
    return numbers.empty() ? numbers : "call & 0xffff in [" + numbers + "]";
}

}  // namespace

void deny_write_execute(SeccompState& state)
{
    refuse_all(state, kNoNewCode, "memory.deny-write-execute");
}

void keep_to_ports(SeccompState& state, const Landlock& landlock)
{
    constexpr std::string_view kTcp = "landlock's TCP ports, which hold for bind and connect alone";
    if (landlock.bind || landlock.connect)
        refuse_all(state, kOnlyTcp, kTcp);
    if (landlock.connect)
        refuse_all(state, kNoFastOpen, kTcp);
    if (landlock.bind_udp || landlock.connect_udp)
        refuse_all(state, kOnlyUdp, "landlock's UDP ports");
    if (landlock.bind && landlock.bind->empty())
        refuse_all(state, kNoListening, "landlock.bind = []");
}

void close_carriers(SeccompState& state)
{
    if (std::ranges::find(state.seccomp.architectures, Abi::i386) ==
            state.seccomp.architectures.end() ||
        state.seccomp.as_runc)
        return;
    for (const std::string_view carrier : {"socketcall", "ipc"}) {
        const CallState& call = state.calls[std::string(carrier)];
        const bool by_name =
            call.origin.text == carrier || !call.permissions.empty() || !call.refusals.empty();
        const std::string closed = closed_numbers(state, carrier);
        if (!by_name && !closed.empty() && permits(call.listed.value_or(state.seccomp.otherwise)))
            refuse(state, carrier, closed, "rules that i386 would walk round by this call");
    }
}

}  // namespace outis::sandbox::profile
