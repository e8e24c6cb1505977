// Profiles made and filters asked, as several tests do it.
#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "outis/base/filter.h"
#include "outis/sandbox/compile.h"
#include "outis/sandbox/document.h"
#include "outis/sandbox/explain.h"
#include "outis/sandbox/profile.h"
#include "sandbox/kernel/syscalls.h"

namespace outis::sandbox {

constexpr std::uint32_t kVerdictEperm = filter::kErrno | 1;
constexpr std::uint32_t kVerdictEnosys = filter::kErrno | 38;
constexpr std::uint32_t kVerdictEafnosupport = filter::kErrno | 97;
constexpr std::uint32_t kVerdictEinval = filter::kErrno | 22;
constexpr std::uint32_t kVerdictEnotty = filter::kErrno | 25;
constexpr std::uint32_t kVerdictEnotsup = filter::kErrno | 95;

inline Profile parsed(std::string text)
{
    const std::array texts{ProfileText{.file = "p.toml", .text = std::move(text)}};
    auto profile = parse_profile(texts);
    if (!profile)
        FAIL(print(profile.error()));
    return profile.take();
}

inline Profile shipped(const std::string& name)
{
    auto profile =
        load_profile(std::filesystem::path(OUTIS_SOURCE_DIR) / "profiles" / (name + ".toml"), {});
    if (!profile)
        FAIL(print(profile.error()));
    return profile.take();
}

inline std::vector<std::byte> filter_of(const Profile& profile, policy::Arch arch)
{
    auto filter = compile_filter(profile, arch);
    if (!filter)
        FAIL(filter.error().text);
    return filter.take();
}

// The number after the highest that our table has for `abi`.
inline std::uint32_t first_free_number(Abi abi)
{
    std::uint32_t highest = 0;
    for (const kernel::Syscall& call : kernel::syscalls())
        highest = std::max(highest, kernel::number_on(call, abi).value_or(0));
    return highest + 1;
}

inline std::uint32_t ask(Bytes program, Abi abi, std::string_view call,
                         std::array<std::uint64_t, 6> arguments = {})
{
    return interpret(program,
                     CallData{.number = *kernel::number_on(*kernel::find_syscall(call), abi),
                              .arch = audit_arch(abi),
                              .arguments = arguments})
        .verdict;
}

}  // namespace outis::sandbox
