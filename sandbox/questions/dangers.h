// What gives an attacker much: calls whose permission needs a reason.
#pragma once

#include <span>
#include <string_view>
#include <vector>

namespace outis::sandbox::questions {

struct Danger {
    std::string_view subject;  // a call, or a group of them
    std::string_view why;      // one clause
};

[[nodiscard]] std::span<const Danger> dangers() noexcept;

// The calls of its subject, ascending.
[[nodiscard]] std::vector<std::string_view> calls_of(const Danger& danger);

// A call that the kernel refuses to everybody without `capability`, whatever its arguments.
struct Need {
    std::string_view call;
    std::string_view capability;
};

[[nodiscard]] std::span<const Need> needs() noexcept;

}  // namespace outis::sandbox::questions
