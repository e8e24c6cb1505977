#include "places/parallel.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <vector>

#include "host/interrupt.h"
#include "host/report.h"

namespace outis::images::places {

Result<Done, Error> run_parallel(std::size_t count, std::size_t jobs,
                                 const std::function<Result<Done, Error>(std::size_t)>& work)
{
    std::mutex mutex;
    std::size_t next = 0;
    std::optional<Error> failed;
    std::atomic<bool> stop = false;  // what the others do would be in vain
    const auto take = [&]() -> std::optional<std::size_t> {
        const std::scoped_lock lock(mutex);
        return failed || next == count ? std::nullopt : std::optional(next++);
    };
    const auto fail = [&](Error error) {
        const std::scoped_lock lock(mutex);
        stop = true;
        if (!failed)
            failed = std::move(error);
    };
    const auto loop = [&] {
        const host::StopsWith stops(stop);
        try {
            while (const std::optional<std::size_t> at = take()) {
                if (Result<Done, Error> done = work(*at); !done)
                    fail(done.take_failure().error);
            }
        } catch (const std::exception& error) {  // for want of memory alone
            fail({.text = host::words_of(error), .blame = Blame::environment});
        }
    };
    std::vector<std::thread> threads;
    try {
        for (std::size_t i = 1; i < std::min(jobs, count); ++i)
            threads.emplace_back(loop);
    } catch (const std::system_error&) {
        // Those there are do the work.
    }
    loop();
    for (std::thread& thread : threads)
        thread.join();
    if (failed)
        return Failure{std::move(*failed)};
    return Done{};
}

}  // namespace outis::images::places
