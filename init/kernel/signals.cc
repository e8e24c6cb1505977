#include "init/kernel/signals.h"

#include <array>

#include "init/kernel/text.h"

namespace outis::init {
namespace {

// Index n is signal n.
constexpr char kNames[kRealTimeFirst][8]{
    "",     "HUP",  "INT",  "QUIT", "ILL",    "TRAP",   "ABRT",  "BUS",  "FPE",  "KILL", "USR1",
    "SEGV", "USR2", "PIPE", "ALRM", "TERM",   "STKFLT", "CHLD",  "CONT", "STOP", "TSTP", "TTIN",
    "TTOU", "URG",  "XCPU", "XFSZ", "VTALRM", "PROF",   "WINCH", "IO",   "PWR",  "SYS",
};
static_assert(std::string_view(kNames[15]) == "TERM" && std::string_view(kNames[17]) == "CHLD" &&
              std::string_view(kNames[28]) == "WINCH" && std::string_view(kNames[31]) == "SYS");

struct Alias {
    std::string_view name;
    int signal;
};

constexpr Alias kAliases[]{
    {"IOT", 6},
    {"CLD", 17},
    {"POLL", 29},
};

}  // namespace

std::optional<int> parse_signal(std::string_view text) noexcept
{
    if (const auto number = parse_number(text, kSignalLast))
        return static_cast<int>(*number);
    if (starts_with_any_case(text, "SIG"))
        text.remove_prefix(3);
    if (text.empty())
        return std::nullopt;
    for (int signal = 1; signal < kRealTimeFirst; ++signal) {
        if (equal_any_case(text, kNames[signal]))
            return signal;
    }
    for (const Alias& alias : kAliases) {
        if (equal_any_case(text, alias.name))
            return alias.signal;
    }
    if (equal_any_case(text, "RTMIN"))
        return kRealTimeFirst;
    if (equal_any_case(text, "RTMAX"))
        return kSignalLast;
    if (starts_with_any_case(text, "RTMIN+")) {
        text.remove_prefix(6);
        if (const auto offset = parse_number(text, kSignalLast - kRealTimeFirst))
            return kRealTimeFirst + static_cast<int>(*offset);
    }
    if (starts_with_any_case(text, "RTMAX-")) {
        text.remove_prefix(6);
        if (const auto offset = parse_number(text, kSignalLast - kRealTimeFirst))
            return kSignalLast - static_cast<int>(*offset);
    }
    return std::nullopt;
}

std::string_view signal_name(int signal) noexcept
{
    if (signal < 1 || signal >= kRealTimeFirst)
        return {};
    return kNames[signal];
}

}  // namespace outis::init
