// Which policy holds, and its bytes: a file of the image or one of those built in.
//
// Looked up in this order: -p, OUTIS_PROFILE, /etc/outis/policy, then `baseline` (or `none` under
// another program's name). A file must belong to root and be writable by nobody else, or be a
// sealed memfd (as `outis run` makes one); one that is locked cannot be replaced or loosened.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "init/plan/plan.h"
#include "init/refusal.h"
#include "outis/base/policy.h"
#include "outis/base/result.h"

namespace outis::init {

constexpr const char* kPolicyFolder = "/etc/outis";
constexpr const char* kPolicyPath = "/etc/outis/policy";

struct Builtin {
    char name[12];
    std::uint16_t end;  // in the unpacked stream; it begins where the one before ends
};

// The shipped profiles, compiled for this program's architecture, and their stream
// (profiles/embed.cc).
std::span<const Builtin> builtin_policies() noexcept;
Bytes packed_policies() noexcept;

struct Loaded {
    const char* name;  // built-in name or path
    policy::View view;
};

// Reads into `buffer`, which the answer points into.
Result<Loaded, Refusal> load_policy(const Plan& plan, std::span<std::byte> buffer) noexcept;

// The architecture this program was compiled for.
#if defined(__x86_64__)
constexpr policy::Arch kNativeArch = policy::Arch::x86_64;
#elif defined(__aarch64__)
constexpr policy::Arch kNativeArch = policy::Arch::aarch64;
#else
#error "outis-init is written for x86_64 and aarch64"
#endif

}  // namespace outis::init
