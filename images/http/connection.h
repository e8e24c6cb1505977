// One connection to one origin, with or without TLS. The only file that includes Boost.Beast is
// connection.cc.
//
// Calls block; inside, each is an asynchronous operation with a time limit, and an interruption
// (system/interrupt.h) ends it. A connection belongs to one thread at a time.
#pragma once

#include <chrono>
#include <memory>

#include "http/message.h"
#include "http/trust.h"

namespace outis::images {

// How long we wait for what.
struct Patience {
    std::chrono::milliseconds connect{15'000};  // TCP and TLS, each; the resolver knows its own
    std::chrono::milliseconds silence{60'000};  // while bytes are expected to flow
    std::chrono::milliseconds answer{600'000};  // to a body or a PUT: it is stored first
};

class Connection {
public:
    // `trust` may be null for http.
    static Result<std::unique_ptr<Connection>, Trouble> open(const Url& url, const Trust* trust,
                                                             const Patience& patience);

    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    virtual ~Connection() = default;

    // Sends the request and takes the answer. If the server answers before it has read the body,
    // the rest is not sent.
    virtual Result<Response, Trouble> exchange(const Request& request,
                                               const ChooseSink& choose) = 0;

    // Whether another exchange may follow.
    [[nodiscard]] virtual bool reusable() const = 0;

protected:
    Connection() = default;
};

}  // namespace outis::images
