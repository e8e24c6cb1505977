// What Asio does at its own time, waited for. An interruption does not wait.
#pragma once

#include <chrono>
#include <optional>

#include <boost/asio/io_context.hpp>

#include "host/interrupt.h"
#include "http/message.h"

namespace outis::images::http {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kTick{100};  // between looks for an interruption

// Handlers run until `is_done`: true. At `end` and at an interruption the stream is closed, which
// ends whatever is under way: false at that end.
template <typename Lowest, typename IsDone>
Result<bool, Trouble> run_until(boost::asio::io_context& context, Lowest& lowest,
                                Clock::time_point end, IsDone is_done)
{
    Result<Done, Error> wanted = Done{};
    bool late = false;
    while (!is_done()) {
        context.restart();
        context.run_one_for(kTick);
        if (late || !wanted || is_done())
            continue;
        wanted = host::check_interrupts();
        late = Clock::now() >= end;
        if (late || !wanted)
            lowest.close();
    }
    if (!wanted)
        return Failure{Trouble{.error = wanted.error(), .cause = Cause::final}};
    return !late;
}

// The operation that `start` begins with the handler it is given, run to its end.
template <typename Lowest, typename Start>
Result<boost::system::error_code, Trouble> run(boost::asio::io_context& context, Lowest& lowest,
                                               Start start)
{
    std::optional<boost::system::error_code> outcome;
    start([&outcome](boost::system::error_code code, auto&&...) { outcome = code; });
    OUTIS_TRY(run_until(context, lowest, Clock::time_point::max(), [&] { return !!outcome; }));
    return *outcome;
}

}  // namespace outis::images::http
