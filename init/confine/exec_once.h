// Exactly one execve, ours: the policy's filter allows it only when the sixth argument, which the
// kernel does not read, holds a number that nobody else knows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "init/fault.h"
#include "outis/base/policy.h"

namespace outis::init {

// The filter as it is installed, and its cookie. Each is there once, so that wipe() finds all of
// it: neither is ever copied.
class PatchedFilter {
public:
    PatchedFilter() noexcept = default;
    PatchedFilter(const PatchedFilter&) = delete;
    PatchedFilter& operator=(const PatchedFilter&) = delete;

    // Takes the policy's filter as it is, or copies it into `buffer` with a fresh cookie in its
    // comparisons. `buffer` holds at least kMaxInstructions and outlives this.
    Outcome patch(const policy::View& policy, std::span<std::byte> buffer) noexcept;

    // Forgets the cookie, once the app runs: nothing of PID 1's memory may tell it. The child,
    // which shared our memory, had it on `child_stack`.
    void wipe(std::span<std::byte> child_stack) noexcept;

    Bytes program() const noexcept { return program_; }  // empty without a filter

    std::uint64_t cookie() const noexcept { return cookie_; }  // 0 without exec-once

private:
    Bytes program_;
    std::span<std::byte> patched_;  // of the buffer
    std::uint64_t cookie_ = 0;
};

}  // namespace outis::init
