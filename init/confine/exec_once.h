// Exactly one execve, ours: the policy's filter allows it only when the sixth argument, which the
// kernel does not read, holds a number that nobody else knows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "init/fault.h"
#include "outis/base/policy.h"
#include "outis/base/result.h"

namespace outis::init {

struct PatchedFilter {
    Bytes program;             // empty without a filter
    std::uint64_t cookie = 0;  // 0 without exec-once
};

// The policy's filter as it is, or copied into `buffer` with a fresh cookie in its comparisons.
// `buffer` holds at least kMaxInstructions.
Result<PatchedFilter, Fault> patch_filter(const policy::View& policy,
                                          std::span<std::byte> buffer) noexcept;

// Forgets the cookie: nothing of PID 1's memory may tell it.
void wipe(PatchedFilter& filter, std::span<std::byte> buffer) noexcept;

}  // namespace outis::init
