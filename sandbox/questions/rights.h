// Rights of a policy that has been read.
#pragma once

#include "outis/base/policy.h"
#include "outis/sandbox/questions.h"

namespace outis::sandbox::questions {

// `policy` comes from policy::read.
[[nodiscard]] Rights rights_of(const policy::View& policy);

}  // namespace outis::sandbox::questions
