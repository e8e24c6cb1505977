// The words for what a system call is answered with.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "outis/sandbox/profile.h"
#include "sandbox/language/reader.h"

namespace outis::sandbox::profile {

// "allow", "refuse", "kill-thread", "EACCES", or "errno 4000" for a number that has no name.
[[nodiscard]] std::optional<Action> find_action(std::string_view word) noexcept;
[[nodiscard]] std::string action_word(const Action& action);

// Complains about an unknown word.
[[nodiscard]] std::optional<Action> read_action(const Value& value, const language::Reader& reader);

}  // namespace outis::sandbox::profile
