// Which addresses belong to the Internet. Whoever is out there shall not make us ask who is in
// here: in the networks of this machine, of its neighbours, of its cloud.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

struct sockaddr;

namespace outis::images::http {

// In network order; IPv4 as "::ffff:a.b.c.d". Source: RFC 4291, 2.5.5.2.
using Address = std::array<std::uint8_t, 16>;

// A host that is an address in any writing that the resolver takes: "10.1", "0x7f000001",
// "2852039166". Nothing if it is a name.
std::optional<Address> parse_address(const std::string& host);

struct Network {
    Address start = {};
    unsigned bits = 0;  // of the start, that all its addresses share; at most 128
};

constexpr unsigned kMappedBits = 96;  // before an IPv4 address

bool lies_in(const Address& address, const Network& network);

// Of AF_INET or AF_INET6; nothing for others.
std::optional<Address> address_of(const sockaddr& place);

// As people write it.
std::string address_text(const Address& address);

// Of a network that is not the Internet: loopback, link-local, private, shared, reserved. Where an
// IPv4 address is inside (NAT64), that one counts.
bool is_private_address(const Address& address);
// The same of a host that is an address; a name is none.
bool is_private_address(const std::string& host);

// 127.0.0.0/8 and ::1.
bool is_loopback_address(const Address& address);

}  // namespace outis::images::http
