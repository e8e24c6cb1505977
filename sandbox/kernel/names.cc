#include "sandbox/kernel/names.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "outis/base/capabilities.h"

namespace outis::sandbox::kernel {
namespace {

// Sources: asm-generic/errno-base.h and asm-generic/errno.h; asm-generic/signal.h;
// asm-generic/resource.h; linux/landlock.h. All are equal on our ABIs.
// clang-format off
constexpr std::array kErrorNumbers = std::to_array<Name>({
    {"EPERM", 1}, {"ENOENT", 2}, {"ESRCH", 3}, {"EINTR", 4}, {"EIO", 5}, {"ENXIO", 6}, {"E2BIG", 7},
    {"ENOEXEC", 8}, {"EBADF", 9}, {"ECHILD", 10}, {"EAGAIN", 11}, {"ENOMEM", 12}, {"EACCES", 13},
    {"EFAULT", 14}, {"ENOTBLK", 15}, {"EBUSY", 16}, {"EEXIST", 17}, {"EXDEV", 18}, {"ENODEV", 19},
    {"ENOTDIR", 20}, {"EISDIR", 21}, {"EINVAL", 22}, {"ENFILE", 23}, {"EMFILE", 24}, {"ENOTTY", 25},
    {"ETXTBSY", 26}, {"EFBIG", 27}, {"ENOSPC", 28}, {"ESPIPE", 29}, {"EROFS", 30}, {"EMLINK", 31},
    {"EPIPE", 32}, {"EDOM", 33}, {"ERANGE", 34}, {"EDEADLK", 35}, {"ENAMETOOLONG", 36},
    {"ENOLCK", 37}, {"ENOSYS", 38}, {"ENOTEMPTY", 39}, {"ELOOP", 40}, {"ENOMSG", 42}, {"EIDRM", 43},
    {"ECHRNG", 44}, {"EL2NSYNC", 45}, {"EL3HLT", 46}, {"EL3RST", 47}, {"ELNRNG", 48},
    {"EUNATCH", 49}, {"ENOCSI", 50}, {"EL2HLT", 51}, {"EBADE", 52}, {"EBADR", 53}, {"EXFULL", 54},
    {"ENOANO", 55}, {"EBADRQC", 56}, {"EBADSLT", 57}, {"EBFONT", 59}, {"ENOSTR", 60},
    {"ENODATA", 61}, {"ETIME", 62}, {"ENOSR", 63}, {"ENONET", 64}, {"ENOPKG", 65}, {"EREMOTE", 66},
    {"ENOLINK", 67}, {"EADV", 68}, {"ESRMNT", 69}, {"ECOMM", 70}, {"EPROTO", 71}, {"EMULTIHOP", 72},
    {"EDOTDOT", 73}, {"EBADMSG", 74}, {"EOVERFLOW", 75}, {"ENOTUNIQ", 76}, {"EBADFD", 77},
    {"EREMCHG", 78}, {"ELIBACC", 79}, {"ELIBBAD", 80}, {"ELIBSCN", 81}, {"ELIBMAX", 82},
    {"ELIBEXEC", 83}, {"EILSEQ", 84}, {"ERESTART", 85}, {"ESTRPIPE", 86}, {"EUSERS", 87},
    {"ENOTSOCK", 88}, {"EDESTADDRREQ", 89}, {"EMSGSIZE", 90}, {"EPROTOTYPE", 91},
    {"ENOPROTOOPT", 92}, {"EPROTONOSUPPORT", 93}, {"ESOCKTNOSUPPORT", 94}, {"EOPNOTSUPP", 95},
    {"EPFNOSUPPORT", 96}, {"EAFNOSUPPORT", 97}, {"EADDRINUSE", 98}, {"EADDRNOTAVAIL", 99},
    {"ENETDOWN", 100}, {"ENETUNREACH", 101}, {"ENETRESET", 102}, {"ECONNABORTED", 103},
    {"ECONNRESET", 104}, {"ENOBUFS", 105}, {"EISCONN", 106}, {"ENOTCONN", 107}, {"ESHUTDOWN", 108},
    {"ETOOMANYREFS", 109}, {"ETIMEDOUT", 110}, {"ECONNREFUSED", 111}, {"EHOSTDOWN", 112},
    {"EHOSTUNREACH", 113}, {"EALREADY", 114}, {"EINPROGRESS", 115}, {"ESTALE", 116},
    {"EUCLEAN", 117}, {"ENOTNAM", 118}, {"ENAVAIL", 119}, {"EISNAM", 120}, {"EREMOTEIO", 121},
    {"EDQUOT", 122}, {"ENOMEDIUM", 123}, {"EMEDIUMTYPE", 124}, {"ECANCELED", 125}, {"ENOKEY", 126},
    {"EKEYEXPIRED", 127}, {"EKEYREVOKED", 128}, {"EKEYREJECTED", 129}, {"EOWNERDEAD", 130},
    {"ENOTRECOVERABLE", 131}, {"ERFKILL", 132}, {"EWOULDBLOCK", 11}, {"EDEADLOCK", 35},
    {"ENOTSUP", 95}, {"EHWPOISON", 133},
});

constexpr std::array kSignals = std::to_array<Name>({
    {"HUP", 1}, {"INT", 2}, {"QUIT", 3}, {"ILL", 4}, {"TRAP", 5}, {"ABRT", 6}, {"BUS", 7},
    {"FPE", 8}, {"KILL", 9}, {"USR1", 10}, {"SEGV", 11}, {"USR2", 12}, {"PIPE", 13}, {"ALRM", 14},
    {"TERM", 15}, {"STKFLT", 16}, {"CHLD", 17}, {"CONT", 18}, {"STOP", 19}, {"TSTP", 20},
    {"TTIN", 21}, {"TTOU", 22}, {"URG", 23}, {"XCPU", 24}, {"XFSZ", 25}, {"VTALRM", 26},
    {"PROF", 27}, {"WINCH", 28}, {"IO", 29}, {"PWR", 30}, {"SYS", 31},
});

constexpr std::array kResources = std::to_array<Name>({
    {"cpu", 0}, {"fsize", 1}, {"data", 2}, {"stack", 3}, {"core", 4}, {"rss", 5}, {"nproc", 6},
    {"nofile", 7}, {"memlock", 8}, {"as", 9}, {"locks", 10}, {"sigpending", 11}, {"msgqueue", 12},
    {"nice", 13}, {"rtprio", 14}, {"rttime", 15},
});

constexpr std::array kLandlockScopes = std::to_array<Name>({
    {"abstract-unix-socket", 1}, {"signal", 2},
});
// clang-format on

constexpr auto kCapabilities = [] {
    std::array<Name, kCapabilityNames.size()> names;
    for (std::uint32_t i = 0; i < names.size(); ++i)
        names[i] = {kCapabilityNames[i], i};
    return names;
}();

static_assert(kSignals.size() == 31 && kResources.size() == 16);

constexpr std::uint8_t kFirstRealTime = 34;  // SIGRTMIN as libcs give it out
constexpr std::uint8_t kLastRealTime = 64;

// "" or DIGITS after `sign`; 255 if it is neither.
std::uint8_t offset_after(std::string_view text, char sign) noexcept
{
    if (text.empty())
        return 0;
    std::uint8_t number = 255;
    const char* end = text.data() + text.size();
    if (text.front() != sign || text.size() < 2 ||
        std::from_chars(text.data() + 1, end, number).ptr != end)
        return 255;
    return number;
}

}  // namespace

Names error_numbers() noexcept
{
    return kErrorNumbers;
}

Names signals() noexcept
{
    return kSignals;
}

Names resources() noexcept
{
    return kResources;
}

Names capabilities() noexcept
{
    return kCapabilities;
}

Names landlock_scopes() noexcept
{
    return kLandlockScopes;
}

std::optional<std::uint32_t> find_value(Names names, std::string_view name) noexcept
{
    const auto found = std::ranges::find(names, name, &Name::name);
    if (found == names.end())
        return std::nullopt;
    return found->value;
}

std::string_view name_of(Names names, std::uint32_t value) noexcept
{
    const auto found = std::ranges::find(names, value, &Name::value);
    return found == names.end() ? std::string_view{} : found->name;
}

std::optional<std::uint8_t> find_signal(std::string_view name) noexcept
{
    if (name.starts_with("SIG"))
        name.remove_prefix(3);
    if (name.starts_with("RTMIN") || name.starts_with("RTMAX")) {
        const bool from_start = name[4] == 'N';
        const std::uint8_t offset = offset_after(name.substr(5), from_start ? '+' : '-');
        if (offset > kLastRealTime - kFirstRealTime)
            return std::nullopt;
        return static_cast<std::uint8_t>(from_start ? kFirstRealTime + offset
                                                    : kLastRealTime - offset);
    }
    const std::optional<std::uint32_t> number = find_value(kSignals, name);
    if (!number)
        return std::nullopt;
    return static_cast<std::uint8_t>(*number);
}

}  // namespace outis::sandbox::kernel
