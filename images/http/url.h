// Where a request goes. Source: RFC 3986; RFC 9110, 4.2. A server on a unix socket has a host all
// the same, which its requests name; no URL in writing leads there.
#pragma once

#include <string>
#include <string_view>

#include "outis/error.h"

namespace outis::images::http {

constexpr std::size_t kMaxUrl = 16U << 10;  // an upload's Location carries state

struct Url {
    std::string scheme = {};  // "http" or "https"
    std::string host = {};    // lower case; IPv6 addresses without brackets
    std::string port = {};
    std::string target = {};  // path and query, at least "/"
    std::string socket = {};  // path of a unix socket to connect to, instead of host and port
    // The origin on the Internet that named this URL, which leads to no address of a private
    // network (http/networks.h); empty: the user did, or somebody in such a network.
    std::string named_by = {};

    // Who answers: two URLs with one origin may share credentials. A unix socket is
    // "unix://PATH".
    [[nodiscard]] std::string origin() const;
    // The Host field: the port only where it is not the scheme's own.
    [[nodiscard]] std::string authority() const;
    // For messages: without the query, which may hold what is secret.
    [[nodiscard]] std::string shown() const;
    // The same place with one more 'NAME=VALUE' in its query; both as they shall stand there.
    [[nodiscard]] Url with_query(std::string_view name, std::string_view value) const;
};

// An absolute http or https URL. One that names a user is refused.
Result<Url, Error> parse_url(std::string_view text);

// What a Location in an answer from `base` means: absolute, or relative to it.
Result<Url, Error> resolve_url(const Url& base, std::string_view reference);

// An IP address rather than a name.
bool is_address(const std::string& host);

// "localhost", 127.0.0.0/8 and ::1. A name below "localhost" may be anywhere: glibc asks DNS for
// it.
bool is_loopback(const std::string& host);

// Every byte but RFC 3986's unreserved ones as %XX.
std::string percent_encoded(std::string_view text);
// And back; what is no %XX stays as it is.
std::string percent_decoded(std::string_view text);

}  // namespace outis::images::http
