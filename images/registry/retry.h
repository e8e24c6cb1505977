// When another try is worth it, and how long to wait before it.
#pragma once

#include <chrono>
#include <string>

#include "http/message.h"

namespace outis::images::registry {

constexpr unsigned kMaxWaits = 1000;  // for one piece of work, whatever its progress

struct RetryPolicy {
    unsigned tries = 5;                                   // in a row without progress
    std::chrono::milliseconds first{500};                 // doubled with every further one
    std::chrono::milliseconds most{30'000};               // of our own accord
    std::chrono::milliseconds longest_asked{5 * 60'000};  // by Retry-After; beyond it we give up
};

// 408, 429, 499, 500, 502, 503, 504, 522: busy or broken now. What 400, 401, 403 or 404 says stays
// true.
bool is_passing(int status);

// A connection that broke, or an answer that says "not now".
bool is_passing(const Result<http::Response, http::Trouble>& outcome);

// Before try number `next` (the second is 2): doubles each time, at most policy.most, then between
// half and all of it by `dice` (0 to 1), so that many clients do not come back at once.
std::chrono::milliseconds backoff(const RetryPolicy& policy, unsigned next, double dice);

// Counts the tries of one piece of work.
class Retries {
public:
    explicit Retries(const RetryPolicy& policy) : policy_(policy) {}

    // After a passing failure: waits as the server or the policy says. Out of tries, or asked to
    // wait too long, it answers the last failure; an interruption ends the wait.
    Result<Done, http::Trouble> wait(const Result<http::Response, http::Trouble>& outcome,
                                     const std::string& doing);

    // What came through will not have to be sent again: count anew. The same bytes are progress
    // once.
    void progress() { failed_ = 0; }

private:
    RetryPolicy policy_;
    unsigned failed_ = 0;  // since the last progress
    unsigned waits_ = 0;
};

}  // namespace outis::images::registry
