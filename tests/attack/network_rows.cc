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
constexpr const char* kFamily = "rule socket domain != 0x12345";

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

int make_pair(int family, int type)
{
    int ends[2];
    return call(SYS_socketpair, family, type, 0, ends);
}

int tcp_socket()
{
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    return fd < 0 ? -errno : fd;
}

// Docker gives none.
int inherited_socket()
{
    int protocol = 0;
    socklen_t size = sizeof protocol;
    const bool tcp = getsockopt(kInherited, SOL_SOCKET, SO_PROTOCOL, &protocol, &size) == 0 &&
                     protocol == IPPROTO_TCP;
    return tcp ? kInherited : -kAbsent;
}

int connect_other(int fd)
{
    if (fd < 0)
        return -fd;
    const sockaddr_in address = loopback(kOtherPort);
    return call(SYS_connect, fd, &address, sizeof address);
}

enum class Send { to, message, messages };

int fast_open(int fd, Send how)
{
    if (fd < 0)
        return -fd;
    sockaddr_in address = loopback(kOtherPort);
    char byte = 0;
    iovec data{&byte, 1};
    mmsghdr message{};
    message.msg_hdr.msg_name = &address;
    message.msg_hdr.msg_namelen = sizeof address;
    message.msg_hdr.msg_iov = &data;
    message.msg_hdr.msg_iovlen = 1;
    switch (how) {
    case Send::to: return call(SYS_sendto, fd, &byte, 1, MSG_FASTOPEN, &address, sizeof address);
    case Send::message: return call(SYS_sendmsg, fd, &message.msg_hdr, MSG_FASTOPEN);
    case Send::messages: return call(SYS_sendmmsg, fd, &message, 1, MSG_FASTOPEN);
    }
    return kBroken;
}

// Another protocol over a TCP socket: ENOENT where the kernel looks for one of that name.
int take_over(int fd)
{
    if (fd < 0)
        return -fd;
    constexpr int kUlp = 31;  // TCP_ULP, linux/tcp.h
    return call(SYS_setsockopt, fd, IPPROTO_TCP, kUlp, "outis", 5);
}

int listen_unix()
{
    const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (fd < 0 || bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof(sa_family_t)) != 0)
        return errno;
    return call(SYS_listen, fd, 1);
}

constexpr Row kRows[]{
    {"af-alg", [] { return make_socket(AF_ALG, SOCK_SEQPACKET, 0); }, kFamily},
    {"af-alg-junk", [] { return make_socket(kJunk | AF_ALG, SOCK_SEQPACKET, 0); }, kFamily},
    {"af-vsock", [] { return make_socket(AF_VSOCK, SOCK_STREAM, 0); }, kFamily},
    {"af-inet-junk", [] { return make_socket(kJunk | AF_INET, SOCK_STREAM, 0); },
     "- a plain socket; the upper half of an int does not count"},
    {"af-bluetooth", [] { return make_socket(AF_BLUETOOTH, SOCK_RAW, 99); }, kFamily},
    {"packet-socket", [] { return make_socket(AF_PACKET, SOCK_RAW, 0); }, kFamily},
    {"raw-socket", [] { return make_socket(AF_INET, SOCK_RAW, IPPROTO_ICMP); }, kNoRaw},
    {"raw-socket-6", [] { return make_socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6); }, kNoRaw},
    {"netlink-audit", ask_audit, kFamily},
    {"bind-own-port", [] { return with_port(SYS_bind, kOwnBindPort); },
     "- must work where the profile listens"},
    {"listen", listen_on_any_port, "- must work where the profile listens"},
    {"bind-other-port", [] { return with_port(SYS_bind, kOtherPort); }, "drop bind"},
    {"bind-low-port", [] { return with_port(SYS_bind, 80); }, "keep NET_BIND_SERVICE"},
    // Nobody listens: ECONNREFUSED says that the sandbox let it pass.
    {"connect-own-port", [] { return with_port(SYS_connect, kOwnConnectPort); }, "- must work"},
    {"connect-other-port", [] { return with_port(SYS_connect, kOtherPort); }, "drop connect"},
    {"abstract-socket", reach_outside, "drop scopes"},
    {"socketpair-vsock", [] { return make_pair(AF_VSOCK, SOCK_STREAM); },
     "rule socketpair domain != 0x12345"},
    {"socketpair-unix", [] { return make_pair(AF_UNIX, SOCK_STREAM); }, "- must work"},
    {"netlink-generic", [] { return make_socket(AF_NETLINK, SOCK_RAW, NETLINK_GENERIC); }, kFamily},
    {"netlink-route", [] { return make_socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE); },
     "- must work where there are networks"},
    {"mptcp", [] { return make_socket(AF_INET, SOCK_STREAM, kMptcp); }, kFamily},
    {"sctp", [] { return make_socket(AF_INET, SOCK_SEQPACKET, IPPROTO_SCTP); }, kFamily},
    {"fast-open-sendto", [] { return fast_open(tcp_socket(), Send::to); }, "drop connect"},
    {"fast-open-sendmsg", [] { return fast_open(tcp_socket(), Send::message); }, "drop connect"},
    {"fast-open-sendmmsg", [] { return fast_open(tcp_socket(), Send::messages); }, "drop connect"},
    {"take-over-tcp", [] { return take_over(tcp_socket()); }, "drop bind connect"},
    // A socket that somebody outside made.
    {"inherited-connect", [] { return connect_other(inherited_socket()); }, "drop connect"},
    {"inherited-fast-open", [] { return fast_open(inherited_socket(), Send::to); }, "drop connect"},
    {"listen-unix", listen_unix, "- must work where the profile listens"},
};

}  // namespace

std::span<const Row> network_rows()
{
    return kRows;
}

}  // namespace outis::attack
