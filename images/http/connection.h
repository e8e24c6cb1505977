// One connection to one origin, with or without TLS. The only file that includes Boost.Beast is
// connection.cc.
//
// Calls block; inside, each is an asynchronous operation with a time limit, and an interruption
// (host/interrupt.h) ends it. A connection belongs to one thread at a time.
#pragma once

#include <memory>
#include <optional>

#include "http/message.h"
#include "http/proxy.h"
#include "http/trust.h"

namespace outis::images::http {

class Connection {
public:
    // `trust` may be null for http; through `proxy`, if there is one.
    static Result<std::unique_ptr<Connection>, Trouble> open(
        const Url& url, const Trust* trust, const Patience& patience,
        const std::optional<Proxy>& proxy = {});

    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    virtual ~Connection() = default;

    // Sends the request and takes the answer. If the server answers before it has read the body,
    // the rest is not sent.
    virtual Result<Response, Trouble> exchange(const Request& request,
                                               const ChooseSink& choose) = 0;

    // Whether another exchange may follow.
    [[nodiscard]] virtual bool reusable() const = 0;

    // Whether the server is in a private network, or on this machine.
    [[nodiscard]] virtual bool is_inside() const = 0;

    // Of its socket, to be looked at.
    [[nodiscard]] virtual int descriptor() = 0;

protected:
    Connection() = default;
};

}  // namespace outis::images::http
