// What a health probe asks: an address and, for HTTP, a path. Numeric addresses and `localhost`
// alone, for there is no resolver in PID 1.
//
//   http://HOST[:PORT][/PATH]   tcp://HOST:PORT   unix:///SOCKET[:/PATH]   exec:PROGRAM
//   HOST: 127.0.0.1, [::1], localhost, or nothing, which is localhost
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace outis::init {

struct Target {
    enum class Kind : std::uint8_t { tcp, unix_socket, exec } kind = Kind::tcp;
    bool both_families = false;  // localhost: IPv4, then IPv6
    bool six = false;
    std::array<std::uint8_t, 16> address{};  // IPv4 in the first four bytes
    std::uint16_t port = 0;
    std::string_view host = {};    // with the port as written, for the Host header
    std::string_view socket = {};  // of unix
    std::string_view path = {};    // of HTTP; empty: only connect
};

// Empty if `url` has none of these forms.
std::optional<Target> parse_target(std::string_view url) noexcept;

// The code of "HTTP/1.1 200 OK", or nothing.
std::optional<int> parse_status_line(std::string_view line) noexcept;

}  // namespace outis::init
