// Where a host is, as the system's resolver says.
#pragma once

#include <string>
#include <vector>

#include <sys/socket.h>

#include "http/message.h"

namespace outis::images::http {

constexpr std::size_t kMaxAddresses = 16;

// Of a socket, as the kernel takes it.
struct Place {
    sockaddr_storage storage = {};
    socklen_t size = 0;

    [[nodiscard]] const sockaddr& address() const
    {
        return reinterpret_cast<const sockaddr&>(storage);
    }
};

// At least one, in the order in which they should be tried. The resolver knows its own limits of
// time; an interruption does not wait for it. Unknown hosts are Cause::unopened.
Result<std::vector<Place>, Trouble> find_addresses(const std::string& host,
                                                   const std::string& port);

}  // namespace outis::images::http
