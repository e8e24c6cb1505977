#include "kubernetes/stop.h"

#include <algorithm>

#include "kubernetes/entrypoint.h"

namespace outis::images::kubernetes {

namespace {

constexpr std::int64_t kMillisecond = 1'000'000;
constexpr const char* kUsualPreStop = "5s";  // until load balancers have learnt of the end
constexpr std::int64_t kSpareSeconds = 5;
constexpr std::int64_t kUsualSeconds = 30;  // Kubernetes' own default

// The image's own time, in nanoseconds.
Result<std::int64_t, Error> time_of(const std::string& word, std::uint32_t policy)
{
    if (!word.empty())
        return init_time(word);
    return policy == policy::kNotGiven ? 0 : policy * kMillisecond;
}

Result<Done, Error> check(const StopWords& words, const InitWords& image, std::int64_t drain)
{
    if (!words.drain.empty() && !words.pre_stop.empty())
        return bad_input("--drain and --pre-stop would wait twice; give one of them");
    const std::int64_t hook = words.pre_stop.empty() ? 0 : OUTIS_TRY(init_time(words.pre_stop));
    if (hook != 0 && drain != 0)
        return bad_input(
            "the image drains by itself, and --pre-stop would wait once more; use --drain to "
            "change how long");
    if (!words.drain.empty() && image.drain_is_fixed)
        return bad_input("the image's entrypoint has --drain, which decides; leave it out here");
    if (!words.grace.empty() && image.grace_is_fixed)
        return bad_input("the image's entrypoint has --grace, which decides; leave it out here");
    return Done{};
}

}  // namespace

Result<StopPlan, Error> plan_stop(const StopWords& words, const InitWords& image,
                                  const policy::Signals& policy, const StopMismatch& mismatch,
                                  bool serves)
{
    StopPlan plan;
    const bool deaf = mismatch.fixed && !mismatch.wanted.empty();
    if (deaf && !words.drain.empty())
        return bad_input(
            "--drain would have no effect: the image's stop signal is not among those that its "
            "--stop or OUTIS_STOP names; have it name " +
            mismatch.wanted);
    std::int64_t drain = deaf ? 0 : OUTIS_TRY(time_of(image.drain, policy.drain));
    OUTIS_TRY(check(words, image, drain));
    if (!mismatch.fixed && !mismatch.wanted.empty())
        plan.environment["OUTIS_STOP"] = mismatch.wanted;
    if (!words.drain.empty()) {
        drain = OUTIS_TRY(init_time(words.drain));
        plan.environment["OUTIS_DRAIN"] = words.drain;
    } else if (drain == 0 && (serves || !words.pre_stop.empty())) {
        const std::string wait = words.pre_stop.empty() ? kUsualPreStop : words.pre_stop;
        drain = OUTIS_TRY(init_time(wait));
        if (drain != 0)
            plan.pre_stop = wait;
    }
    std::int64_t grace = OUTIS_TRY(time_of(image.grace, policy.grace));
    if (!words.grace.empty()) {
        grace = OUTIS_TRY(init_time(words.grace));
        plan.environment["OUTIS_GRACE"] = words.grace;
    }
    // The app has the grace, and after its end so have those whom it leaves.
    const std::int64_t needed = drain + 2 * grace;
    plan.termination_seconds = std::max(
        kUsualSeconds, (needed + kNanosecondsASecond - 1) / kNanosecondsASecond + kSpareSeconds);
    return plan;
}

}  // namespace outis::images::kubernetes
