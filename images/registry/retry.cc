#include "registry/retry.h"

#include <algorithm>
#include <array>
#include <random>
#include <thread>

#include "host/interrupt.h"
#include "http/fields.h"
#include "registry/refusal.h"

namespace outis::images::registry {

namespace {

// RFC 9110, 15; 499 and 522 are what nginx and Cloudflare say of a connection of theirs.
constexpr std::array kPassing{408, 429, 499, 500, 502, 503, 504, 522};
constexpr std::chrono::milliseconds kSlice{50};  // between looks for an interruption
constexpr unsigned kMaxDoublings = 16;

Result<Done, http::Trouble> sleep_for(std::chrono::milliseconds time)
{
    const auto end = std::chrono::steady_clock::now() + time;
    for (auto now = end - time; now < end; now = std::chrono::steady_clock::now()) {
        OUTIS_TRY(http::or_trouble(host::check_interrupts()));
        std::this_thread::sleep_for(
            std::min(kSlice, std::chrono::ceil<std::chrono::milliseconds>(end - now)));
    }
    return http::or_trouble(host::check_interrupts());
}

double thrown_dice()
{
    thread_local std::minstd_rand generator{std::random_device{}()};
    return std::uniform_real_distribution<double>(0, 1)(generator);
}

}  // namespace

bool is_passing(int status)
{
    return std::ranges::find(kPassing, status) != kPassing.end();
}

bool is_passing(const Result<http::Response, http::Trouble>& outcome)
{
    return outcome ? is_passing(outcome.value().status)
                   : outcome.error().cause == http::Cause::broken ||
                         outcome.error().cause == http::Cause::silent ||
                         outcome.error().cause == http::Cause::slow;
}

std::chrono::milliseconds backoff(const RetryPolicy& policy, unsigned next, double dice)
{
    const unsigned doublings = std::min(next < 2 ? 0 : next - 2, kMaxDoublings);
    const std::chrono::milliseconds whole =
        std::min(policy.most, policy.first * (std::int64_t{1} << doublings));
    return std::chrono::duration_cast<std::chrono::milliseconds>(whole * (0.5 + dice / 2));
}

Result<Done, http::Trouble> Retries::wait(const Result<http::Response, http::Trouble>& outcome,
                                          const std::string& doing)
{
    ++failed_;
    const auto give_up = [&](const std::string& why) {
        const std::string last =
            outcome ? refusal(outcome.value(), doing) : doing + ": " + outcome.error().error.text;
        return http::trouble(http::Cause::final, last + why);
    };
    if (failed_ >= policy_.tries || waits_ == kMaxWaits)
        return give_up(policy_.tries > 1 ? " (" + std::to_string(waits_ + 1) + " tries)" : "");
    ++waits_;
    std::chrono::milliseconds pause = backoff(policy_, failed_ + 1, thrown_dice());
    if (outcome) {
        const auto asked = http::parse_retry_after(outcome.value().field("Retry-After"),
                                                   std::chrono::system_clock::now());
        if (asked && *asked > policy_.longest_asked)
            return give_up("; it asks to come back in " + std::to_string(asked->count()) +
                           " s, more than the " + http::seconds_text(policy_.longest_asked) +
                           " that are waited at most");
        if (asked)
            pause = *asked;
    }
    return sleep_for(pause);
}

}  // namespace outis::images::registry
