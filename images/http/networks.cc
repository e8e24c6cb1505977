#include "http/networks.h"

#include <algorithm>
#include <cstring>

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace outis::images::http {

namespace {

constexpr Network v4(std::uint8_t a, std::uint8_t b, std::uint8_t c, unsigned bits)
{
    return {.start = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, a, b, c, 0},
            .bits = kMappedBits + bits};
}

constexpr Network v6(std::uint16_t a, std::uint16_t b, std::uint16_t c, unsigned bits)
{
    return {.start = {static_cast<std::uint8_t>(a >> 8), static_cast<std::uint8_t>(a),
                      static_cast<std::uint8_t>(b >> 8), static_cast<std::uint8_t>(b),
                      static_cast<std::uint8_t>(c >> 8), static_cast<std::uint8_t>(c)},
            .bits = bits};
}

constexpr Network kMapped = v4(0, 0, 0, 0);
constexpr Network kTranslated = v6(0x64, 0xff9b, 0, 96);  // NAT64, RFC 6052

// IANA IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890), what is not globally reachable;
// multicast; and what is deprecated or leads to an IPv4 address unseen. What is for documentation
// (192.0.2.0/24, 2001:db8::/32 and so on) is left out: nobody is there.
constexpr std::array kPrivate{
    v4(0, 0, 0, 8),           // this network, RFC 791
    v4(10, 0, 0, 8),          // private, RFC 1918
    v4(100, 64, 0, 10),       // shared by customers of a carrier, RFC 6598
    v4(127, 0, 0, 8),         // loopback, RFC 1122
    v4(169, 254, 0, 16),      // link-local, RFC 3927: metadata of clouds
    v4(172, 16, 0, 12),       // private, RFC 1918
    v4(192, 0, 0, 24),        // protocol assignments, RFC 6890
    v4(192, 88, 99, 24),      // relays of 6to4, deprecated by RFC 7526
    v4(192, 168, 0, 16),      // private, RFC 1918
    v4(198, 18, 0, 15),       // benchmarks, RFC 2544
    v4(224, 0, 0, 4),         // multicast, RFC 5771
    v4(240, 0, 0, 4),         // reserved, RFC 1112; the last is the broadcast
    v6(0, 0, 0, 96),          // ::, ::1 and IPv4-compatible ones, RFC 4291
    v6(0x64, 0xff9b, 1, 48),  // NAT64 of a site, RFC 8215
    v6(0x100, 0, 0, 64),      // discard, RFC 6666
    v6(0x2001, 0, 0, 23),     // protocol assignments, Teredo (RFC 4380) among them
    v6(0x2002, 0, 0, 16),     // 6to4, deprecated by RFC 7526
    v6(0x5f00, 0, 0, 16),     // segment routing, RFC 9602
    v6(0xfc00, 0, 0, 7),      // unique local, RFC 4193
    v6(0xfe80, 0, 0, 10),     // link-local, RFC 4291
    v6(0xfec0, 0, 0, 10),     // site-local, deprecated by RFC 3879
    v6(0xff00, 0, 0, 8),      // multicast, RFC 4291
};

constexpr std::array kLoopback{
    v4(127, 0, 0, 8),
    Network{.start = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, .bits = 128}};

}  // namespace

bool lies_in(const Address& address, const Network& network)
{
    const std::size_t whole = network.bits / 8;
    if (!std::equal(address.begin(), address.begin() + whole, network.start.begin()))
        return false;
    const unsigned rest = network.bits % 8;
    return rest == 0 || ((address[whole] ^ network.start[whole]) >> (8 - rest)) == 0;
}

std::optional<Address> address_of(const sockaddr& place)
{
    Address address = kMapped.start;
    if (place.sa_family == AF_INET) {
        sockaddr_in in{};
        std::memcpy(&in, &place, sizeof in);
        std::memcpy(address.data() + kMappedBits / 8, &in.sin_addr, sizeof in.sin_addr);
        return address;
    }
    if (place.sa_family != AF_INET6)
        return std::nullopt;
    sockaddr_in6 in{};
    std::memcpy(&in, &place, sizeof in);
    std::memcpy(address.data(), &in.sin6_addr, address.size());
    return address;
}

std::optional<Address> parse_address(const std::string& host)
{
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_NUMERICHOST;
    addrinfo* list = nullptr;
    if (host.empty() || ::getaddrinfo(host.c_str(), nullptr, &hints, &list) != 0)
        return std::nullopt;
    const std::optional<Address> address = address_of(*list->ai_addr);
    ::freeaddrinfo(list);
    return address;
}

std::string address_text(const Address& address)
{
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (lies_in(address, kMapped))
        ::inet_ntop(AF_INET, address.data() + kMappedBits / 8, text.data(), text.size());
    else
        ::inet_ntop(AF_INET6, address.data(), text.data(), text.size());
    return text.data();
}

bool is_private_address(const Address& address)
{
    Address meant = address;
    if (lies_in(address, kTranslated))
        std::copy_n(kMapped.start.begin(), kMappedBits / 8, meant.begin());
    return std::ranges::any_of(kPrivate,
                               [&](const Network& network) { return lies_in(meant, network); });
}

bool is_private_address(const std::string& host)
{
    const std::optional<Address> address = parse_address(host);
    return address && is_private_address(*address);
}

bool is_loopback_address(const Address& address)
{
    return std::ranges::any_of(kLoopback,
                               [&](const Network& network) { return lies_in(address, network); });
}

}  // namespace outis::images::http
