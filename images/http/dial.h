// The way to a server: a socket that is connected to it.
#pragma once

#include <chrono>

#include "http/message.h"
#include "http/proxy.h"
#include "outis/base/fd.h"

namespace outis::images::http {

struct Dialed {
    Fd socket = {};
    bool is_inside = false;  // the server is in a private network, or on this machine
};

// The addresses that the host has now are tried one after the other. Where somebody on the Internet
// named the URL those of private networks are left out; none left is Cause::final. What cannot be
// reached is Cause::unopened. An interruption does not wait.
//
// A proxy finds the addresses itself: there only a host that is an address is judged. For https it
// is asked for a tunnel, through which the socket then leads.
Result<Dialed, Trouble> dial(const Url& url, const Patience& patience, const Proxy* proxy);

}  // namespace outis::images::http
