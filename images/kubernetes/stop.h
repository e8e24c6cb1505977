// Who waits between the wish to stop a pod and the app's signal, and how long the kubelet must
// then have patience. Load balancers learn of the end only after a while, so somebody has to wait:
// the kubelet in a preStop hook, or PID 1 by its drain, but never both.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "kubernetes/entrypoint.h"
#include "outis/base/policy_layout.h"
#include "outis/error.h"

namespace outis::images::kubernetes {

// As written; empty: not given.
struct StopWords {
    std::string drain = {};
    std::string pre_stop = {};
    std::string grace = {};
};

// Of the image, when its engine's stop signal is none that PID 1 takes for one.
struct StopMismatch {
    std::string wanted = {};  // the list that would be right; empty: the signal is among PID 1's
    bool fixed = false;       // by the image's own --stop or OUTIS_STOP
};

struct StopPlan {
    std::string pre_stop = {};                            // a time for --sleep, or empty
    std::map<std::string, std::string> environment = {};  // for PID 1
    std::int64_t termination_seconds = 0;
};

// PID 1 takes option, variable and policy in this order. Without words and without a drain of the
// image a service waits in preStop; whoever serves nobody does not wait. PID 1 is told of the stop
// signal by OUTIS_STOP; where the image decides otherwise its drain never begins, and counts as
// none.
Result<StopPlan, Error> plan_stop(const StopWords& words, const InitWords& image,
                                  const policy::Signals& policy, const StopMismatch& mismatch,
                                  bool serves);

}  // namespace outis::images::kubernetes
