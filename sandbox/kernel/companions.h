// Calls that i386 reaches in two ways: by a number of their own, and through one that carries them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace outis::sandbox::kernel {

// What the call is named when i386 reaches it by `socketcall` or `ipc`: that name and the number
// of the sub-call; absent for every other call.
struct Companion {
    std::string_view call;
    std::uint32_t number = 0;
};

[[nodiscard]] std::optional<Companion> companion_of(std::string_view call) noexcept;

}  // namespace outis::sandbox::kernel
