// Exactly one execve, ours: the policy's filter allows it only when the sixth argument, which the
// kernel does not read, holds a number that nobody else knows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "init/fault.h"
#include "outis/base/policy.h"

namespace outis::init {

// The filter as it is installed, and its cookie: nothing of PID 1's memory may tell it once the app
// runs. So each is there once and is never copied, and the child, which shares our memory, has
// forgotten both before its execve: the app may run before PID 1 does.
class PatchedFilter {
public:
    PatchedFilter() noexcept = default;
    PatchedFilter(const PatchedFilter&) = delete;
    PatchedFilter& operator=(const PatchedFilter&) = delete;

    // Takes the policy's filter as it is, or copies it into `buffer` with a fresh cookie in its
    // comparisons. `buffer` holds at least kMaxInstructions and outlives this.
    Outcome patch(const policy::View& policy, std::span<std::byte> buffer) noexcept;

    // In the child. Installs it and forgets the patched copy.
    Outcome install(unsigned flags) noexcept;

    // In the child: execve(2) with the cookie, which is in a register alone meanwhile.
    long execute(const char* path, char* const* arguments, char* const* environment) noexcept;

    // In PID 1: forgets all that is left, also where the child had its stack.
    void wipe(std::span<std::byte> child_stack) noexcept;

private:
    void store_cookie(const policy::Exec& exec) noexcept;

    Bytes program_;                 // empty without a filter
    std::span<std::byte> patched_;  // of the buffer; empty without exec-once
    std::uint64_t cookie_ = 0;
};

}  // namespace outis::init
