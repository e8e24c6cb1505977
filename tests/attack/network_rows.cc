// Sockets: families, ports, names.
#include <cstring>

#include <arpa/inet.h>
#include <linux/audit.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>

#include "attack.h"

namespace outis::attack {
namespace {

constexpr unsigned long kJunk = 0xdeadbeef00000000;  // no int argument has these bits
constexpr const char* kNoRaw = "keep NET_RAW";

int make_socket(unsigned long family, unsigned long type, unsigned long protocol)
{
    return call(SYS_socket, family, type, protocol);
}

sockaddr_in loopback(std::uint16_t port)
{
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

int with_port(long number, std::uint16_t port)
{
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0)
        return errno;
    const sockaddr_in address = loopback(port);
    return call(number, fd, &address, sizeof address);
}

int listen_on_any_port()
{
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0)
        return errno;
    return call(SYS_listen, fd, 1);  // on a port that the kernel chooses
}

int reach_outside()
{
    const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::size_t length = std::strlen(kAbstractName);
    std::memcpy(address.sun_path + 1, kAbstractName, length);
    if (fd < 0)
        return kBroken;
    return call(SYS_connect, fd, &address, offsetof(sockaddr_un, sun_path) + 1 + length);
}

// Writes into the kernel's audit trail; the answer carries the errno.
int ask_audit()
{
    const int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_AUDIT);
    if (fd < 0)
        return errno;
    nlmsghdr question{};
    question.nlmsg_len = sizeof question;
    question.nlmsg_type = AUDIT_USER;
    question.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
    sockaddr_nl kernel{};
    kernel.nl_family = AF_NETLINK;
    if (sendto(fd, &question, sizeof question, 0, reinterpret_cast<sockaddr*>(&kernel),
               sizeof kernel) < 0)
        return errno;

    struct {
        nlmsghdr header;
        nlmsgerr error;
    } answer{};

    if (recv(fd, &answer, sizeof answer, 0) < 0)
        return errno;
    return answer.header.nlmsg_type == NLMSG_ERROR ? -answer.error.error : 0;
}

constexpr Row kRows[]{
    {"af-alg", [] { return make_socket(AF_ALG, SOCK_SEQPACKET, 0); }, "lift socket"},
    {"af-alg-junk", [] { return make_socket(kJunk | AF_ALG, SOCK_SEQPACKET, 0); }, "lift socket"},
    {"af-vsock", [] { return make_socket(AF_VSOCK, SOCK_STREAM, 0); }, "lift socket"},
    {"af-inet-junk", [] { return make_socket(kJunk | AF_INET, SOCK_STREAM, 0); },
     "- a plain socket; the upper half of an int does not count"},
    {"af-bluetooth", [] { return make_socket(AF_BLUETOOTH, SOCK_RAW, 99); }, "lift socket"},
    {"packet-socket", [] { return make_socket(AF_PACKET, SOCK_RAW, 0); }, "lift socket"},
    {"raw-socket", [] { return make_socket(AF_INET, SOCK_RAW, IPPROTO_ICMP); }, kNoRaw},
    {"raw-socket-6", [] { return make_socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6); }, kNoRaw},
    {"netlink-audit", ask_audit, "keep AUDIT_WRITE"},
    {"bind-own-port", [] { return with_port(SYS_bind, kOwnBindPort); },
     "- must work where the profile listens"},
    {"listen", listen_on_any_port, "- must work where the profile listens"},
    {"bind-other-port", [] { return with_port(SYS_bind, kOtherPort); }, "drop bind"},
    {"bind-low-port", [] { return with_port(SYS_bind, 80); }, "keep NET_BIND_SERVICE"},
    // Nobody listens: ECONNREFUSED says that the sandbox let it pass.
    {"connect-own-port", [] { return with_port(SYS_connect, kOwnConnectPort); }, "- must work"},
    {"connect-other-port", [] { return with_port(SYS_connect, kOtherPort); }, "drop connect"},
    {"abstract-socket", reach_outside, "drop scopes"},
};

}  // namespace

std::span<const Row> network_rows()
{
    return kRows;
}

}  // namespace outis::attack
