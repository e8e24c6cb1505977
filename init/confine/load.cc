#include "init/confine/load.h"

#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>

#include "init/fault.h"
#include "init/kernel/sys.h"
#include "init/kernel/text.h"
#include "outis/base/fd.h"

namespace outis::init {
namespace {

using namespace std::string_view_literals;

Failure<Refusal> refusal(const char* name, std::string_view why, long error = 0) noexcept
{
    return Failure{Refusal{
        .code = kExitUsage,
        .before = "policy"sv,
        .subject = name,
        .after = why,
        .number = static_cast<int>(-error),
    }};
}

bool has_slash(const char* text) noexcept
{
    return split(text, '/').found;
}

Result<Loaded, Refusal> check(const char* name, Bytes bytes) noexcept
{
    const auto view = policy::read(bytes);
    if (!view)
        return refusal(name, policy::text(view.error()));
    if (view.value().arch != kNativeArch)
        return refusal(name, ": it was compiled for another architecture"sv);
    return Loaded{.name = name, .view = view.value()};
}

Result<Loaded, Refusal> load_builtin(const char* name) noexcept
{
    for (const Builtin& builtin : builtin_policies()) {
        if (std::string_view(builtin.name) == name)
            return check(name, builtin.policy);
    }
    return refusal(
        name, ": no built-in profile has this name (see --list-profiles; a path needs a '/')"sv);
}

Result<std::size_t, Refusal> read_whole(const char* path, int fd,
                                        std::span<std::byte> buffer) noexcept
{
    std::size_t size = 0;
    while (size < buffer.size()) {
        const long got = sys::read(fd, buffer.subspan(size));
        if (got < 0)
            return refusal(path, ": cannot read it"sv, got);
        if (got == 0)
            break;
        size += static_cast<std::size_t>(got);
    }
    return size;
}

Result<Loaded, Refusal> load_file(const char* path, int fd, std::span<std::byte> buffer) noexcept
{
    struct stat status {};

    if (const long error = sys::stat(fd, status); error < 0)
        return refusal(path, ": cannot examine it"sv, error);
    if (!S_ISREG(status.st_mode))
        return refusal(path, ": it is not a regular file"sv);
    if (status.st_uid != 0 || (status.st_mode & (S_IWGRP | S_IWOTH)) != 0)
        return refusal(path, ": it must belong to root and be writable by nobody else"sv);
    const std::size_t size = OUTIS_TRY(read_whole(path, fd, buffer));
    return check(path, buffer.first(size));
}

Fd open_policy(const char* path, long& answer) noexcept
{
    answer = sys::open(path, O_RDONLY | O_NOCTTY | O_NONBLOCK);
    return Fd(answer < 0 ? -1 : static_cast<int>(answer));
}

Result<Loaded, Refusal> load_named(const char* name, std::span<std::byte> buffer) noexcept
{
    if (!has_slash(name))
        return load_builtin(name);
    long answer = 0;
    const Fd file = open_policy(name, answer);
    if (!file.open())
        return refusal(name, ": cannot open it"sv, answer);
    return load_file(name, file.get(), buffer);
}

Failure<Refusal> locked(Origin origin) noexcept
{
    return refusal(kPolicyPath,
                   origin == Origin::option
                       ? " is locked: neither it nor its user can be changed by option"sv
                       : " is locked: neither it nor its user can be changed by environment"sv);
}

}  // namespace

Result<Loaded, Refusal> load_policy(const Plan& plan, std::span<std::byte> buffer) noexcept
{
    const std::string_view wanted = plan.profile.text == nullptr ? "" : plan.profile.text;
    // The image's own policy comes first whatever is asked: it may be locked.
    long answer = 0;
    const Fd file = open_policy(kPolicyPath, answer);
    if (!file.open() && answer != -ENOENT && answer != -ENOTDIR)
        return refusal(kPolicyPath, ": cannot open it"sv, answer);
    if (file.open()) {
        const Loaded own = OUTIS_TRY(load_file(kPolicyPath, file.get(), buffer));
        const bool is_locked = own.view.process && own.view.process->has(policy::kLocked);
        const bool named = wanted.empty() || wanted == kPolicyPath;
        if (is_locked && !named)
            return locked(plan.profile.origin);
        if (is_locked && plan.user.text != nullptr)
            return locked(plan.user.origin);
        if (named)
            return own;
    }
    if (plan.profile.text != nullptr)
        return load_named(plan.profile.text, buffer);
    return load_builtin(plan.manner == Manner::outis ? "baseline" : "none");
}

}  // namespace outis::init
