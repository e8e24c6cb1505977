// The text of a profile's filter: what parse_profile reads back to the same.
#pragma once

#include <string>
#include <string_view>

#include "outis/sandbox/profile.h"

namespace outis::sandbox::profile {

// "socket": "domain < 38 and type == 3"; "always" without a conjunction.
[[nodiscard]] std::string condition_text(const std::vector<Conjunction>& when,
                                         std::string_view call);

// The table [seccomp] with all it holds. `reason` stands where something is unsafe; it is printed
// as a TOML text, so it may hold anything but control characters.
[[nodiscard]] std::string print_seccomp(const Seccomp& seccomp, std::string_view reason);

}  // namespace outis::sandbox::profile
