#include "init/policy/load.h"

#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>

#include "init/fault.h"
#include "init/kernel/sys.h"
#include "init/kernel/text.h"
#include "init/policy/trusted.h"
#include "outis/base/fd.h"

namespace outis::init {
namespace {

Failure<Refusal> refuse(Reason reason, const char* name, long answer = 0) noexcept
{
    return Failure{Refusal{.reason = reason, .number = static_cast<int>(-answer), .subject = name}};
}

bool has_slash(const char* text) noexcept
{
    return split(text, '/').found;
}

Result<Loaded, Refusal> check(const char* name, Bytes bytes) noexcept
{
    const auto view = policy::read(bytes);
    if (!view && std::string_view(name).ends_with(".toml"))
        return refuse(Reason::policy_is_source, name);
    if (!view)
        return Failure{Refusal{
            .reason = Reason::policy_malformed,
            .subject = name,
            .detail = policy::text(view.error()),
        }};
    if (view.value().arch != kNativeArch)
        return refuse(Reason::policy_for_other_arch, name);
    return Loaded{.name = name, .view = view.value()};
}

// The stream of profiles/embed.cc, up to `size` bytes.
void unpack(Bytes packed, std::span<std::byte> buffer, std::size_t size) noexcept
{
    std::size_t at = 0;
    unsigned group = 0;
    for (std::size_t to = 0; to < size; group >>= 1) {
        if (group <= 1)
            group = 0x100 | std::to_integer<unsigned>(packed[at++]);
        if ((group & 1) == 0) {
            buffer[to++] = packed[at++];
            continue;
        }
        const std::size_t word = load_le16(packed, at);
        at += 2;
        const std::size_t end = to + (word >> 12) + 3;
        for (; to < end; ++to)
            buffer[to] = buffer[to - (word & 0xFFF)];
    }
}

Result<Loaded, Refusal> load_builtin(const char* name, std::span<std::byte> buffer) noexcept
{
    std::size_t start = 0;
    for (const Builtin& builtin : builtin_policies()) {
        if (std::string_view(builtin.name) == name) {
            unpack(packed_policies(), buffer, builtin.end);
            return check(name, buffer.subspan(start, builtin.end - start));
        }
        start = builtin.end;
    }
    return refuse(Reason::policy_unknown_name, name);
}

Result<std::size_t, Refusal> read_whole(const char* path, int fd,
                                        std::span<std::byte> buffer) noexcept
{
    std::size_t size = 0;
    while (size < buffer.size()) {
        const long got = sys::read(fd, buffer.subspan(size));
        if (got < 0)
            return refuse(Reason::policy_unreadable, path, got);
        if (got == 0)
            break;
        size += static_cast<std::size_t>(got);
    }
    return size;
}

Result<Loaded, Refusal> load_file(const char* path, std::span<std::byte> buffer) noexcept
{
    // Until the policy is in it, the buffer holds the name of a folder that is not to be trusted.
    const std::span<char> folder(reinterpret_cast<char*>(buffer.data()), buffer.size());
    const long trusted = open_trusted(path, folder);
    const long answer = trusted < 0 ? sys::open(path, O_RDONLY | O_NOCTTY | O_NONBLOCK) : trusted;
    const Fd file(answer < 0 ? -1 : static_cast<int>(answer));
    // Memory that nobody can change needs no folder.
    if (trusted < 0 && (!file.open() || !sys::is_sealed(file.get())))
        return trusted == kFolderNotRoots ? refuse(Reason::policy_folder_not_roots, folder.data())
                                          : refuse(Reason::policy_not_opened, path, trusted);

    struct stat status {};

    if (const long error = sys::stat(file.get(), status); error < 0)
        return refuse(Reason::policy_unreadable, path, error);
    if (!S_ISREG(status.st_mode))
        return refuse(
            S_ISDIR(status.st_mode) ? Reason::policy_is_folder : Reason::policy_not_regular, path);
    const bool roots = status.st_uid == 0 && (status.st_mode & (S_IWGRP | S_IWOTH)) == 0;
    if (!roots && !sys::is_sealed(file.get()))
        return refuse(Reason::policy_not_roots, path);
    const std::size_t size = OUTIS_TRY(read_whole(path, file.get(), buffer));
    return check(path, buffer.first(size));
}

Result<Loaded, Refusal> load_named(const char* name, std::span<std::byte> buffer) noexcept
{
    return has_slash(name) ? load_file(name, buffer) : load_builtin(name, buffer);
}

// A link that leads nowhere is there: the image has a policy, and it cannot be read.
bool opens(const char* path, int flags) noexcept
{
    const long answer = sys::open(path, O_PATH | flags);
    if (answer >= 0)
        sys::close(static_cast<int>(answer));
    return answer != -ENOENT && answer != -ENOTDIR;
}

bool has_own_policy() noexcept
{
    return opens(kPolicyPath, O_NOFOLLOW) ||
           (opens(kPolicyFolder, O_NOFOLLOW) && !opens(kPolicyFolder, 0));
}

bool is_locked(const Loaded& policy) noexcept
{
    return policy.view.process && policy.view.process->has(policy::kLocked);
}

Failure<Refusal> locked(const Loaded& policy, Origin origin) noexcept
{
    return refuse(origin == Origin::option ? Reason::policy_locked_to_option
                                           : Reason::policy_locked_to_environment,
                  policy.name);
}

// Wherever a locked policy lies, nobody else may name its user.
Result<Loaded, Refusal> unless_loosened(const Plan& plan, Result<Loaded, Refusal> loaded) noexcept
{
    if (loaded && is_locked(loaded.value()) && plan.user.text != nullptr)
        return locked(loaded.value(), plan.user.origin);
    return loaded;
}

}  // namespace

Result<Loaded, Refusal> load_policy(const Plan& plan, std::span<std::byte> buffer) noexcept
{
    const std::string_view wanted = plan.profile.text == nullptr ? "" : plan.profile.text;
    // The image's own policy comes first whatever is asked: it may be locked.
    if (has_own_policy()) {
        const Loaded own = OUTIS_TRY(load_file(kPolicyPath, buffer));
        const bool named = wanted.empty() || wanted == kPolicyPath;
        if (is_locked(own) && !named)
            return locked(own, plan.profile.origin);
        if (named)
            return unless_loosened(plan, own);
    }
    if (plan.profile.text != nullptr)
        return unless_loosened(plan, load_named(plan.profile.text, buffer));
    return load_builtin(plan.manner == Manner::outis ? "baseline" : "none", buffer);
}

}  // namespace outis::init
