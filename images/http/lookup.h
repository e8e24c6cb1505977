// Where a host is, as the system's resolver says.
#pragma once

#include <string>
#include <vector>

#include <boost/asio/ip/tcp.hpp>

#include "http/message.h"

namespace outis::images::http {

constexpr std::size_t kMaxAddresses = 16;

// At least one, in the order in which they should be tried. The resolver knows its own limits of
// time; an interruption does not wait for it. Unknown hosts are Cause::unopened.
Result<std::vector<boost::asio::ip::tcp::endpoint>, Trouble> find_addresses(
    const std::string& host, const std::string& port);

}  // namespace outis::images::http
