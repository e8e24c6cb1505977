#include "view/stop_signals.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <csignal>
#include <cstddef>
#include <cstring>

#include "view/init_words.h"

namespace outis::images::view {

namespace {

constexpr int kLastSignal = 64;
constexpr int kFirstRealTime = 32;        // as PID 1 counts, who uses no libc's
constexpr int kFirstRealTimeOfLibc = 34;  // as engines count
constexpr SignalSet kTerm = SignalSet{1} << (SIGTERM - 1);

struct Alias {
    std::string_view name;
    int signal;
};

constexpr std::array kAliases{Alias{"IOT", SIGABRT}, Alias{"CLD", SIGCHLD}, Alias{"POLL", SIGIO}};

std::optional<int> number_in(std::string_view text, int last)
{
    int number = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || stop != text.data() + text.size() || number < 0 || number > last)
        return std::nullopt;
    return number;
}

// "RTMIN+3" and "RTMAX-1", whatever the first is.
std::optional<int> real_time(std::string_view name, int first)
{
    const bool up = name.starts_with("RTMIN");
    if (!up && !name.starts_with("RTMAX"))
        return std::nullopt;
    const std::string_view rest = name.substr(5);
    if (rest.empty())
        return up ? first : kLastSignal;
    const auto offset = number_in(rest.substr(1), kLastSignal - first);
    if (!offset || rest.front() != (up ? '+' : '-'))
        return std::nullopt;
    return up ? first + *offset : kLastSignal - *offset;
}

std::optional<int> signal_in(std::string_view text, int first_real_time)
{
    if (const auto number = number_in(text, kLastSignal))
        return *number == 0 ? std::nullopt : number;
    std::string name(text);
    std::ranges::transform(name, name.begin(),
                           [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    if (name.starts_with("SIG"))
        name.erase(0, 3);
    for (int signal = 1; signal < kFirstRealTime; ++signal) {
        const char* const known = ::sigabbrev_np(signal);
        if (known != nullptr && name == known)
            return signal;
    }
    const auto* alias = std::ranges::find(kAliases, name, &Alias::name);
    return alias != kAliases.end() ? std::optional(alias->signal)
                                   : real_time(name, first_real_time);
}

constexpr SignalSet bit_of(int signal)
{
    return SignalSet{1} << (signal - 1);
}

// "TERM,3", as PID 1 reads it.
std::optional<SignalSet> signals_in(std::string_view list)
{
    SignalSet set = 0;
    for (std::size_t at = 0; at <= list.size();) {
        const std::size_t comma = std::min(list.find(',', at), list.size());
        const auto signal = signal_in(list.substr(at, comma - at), kFirstRealTime);
        if (!signal || *signal == SIGKILL || *signal == SIGSTOP)
            return std::nullopt;
        set |= bit_of(*signal);
        at = comma + 1;
    }
    return set;
}

}  // namespace

std::optional<int> engine_signal(std::string_view text)
{
    const auto signal = signal_in(text, kFirstRealTimeOfLibc);
    return signal == SIGKILL || signal == SIGSTOP ? std::nullopt : signal;
}

std::string signal_list(SignalSet set)
{
    std::string text;
    for (int signal = 1; signal <= kLastSignal; ++signal) {
        if ((set & bit_of(signal)) == 0)
            continue;
        const char* const name = signal < kFirstRealTime ? ::sigabbrev_np(signal) : nullptr;
        text += (text.empty() ? "" : ",") +
                (name == nullptr ? std::to_string(signal) : std::string(name));
    }
    return text;
}

std::string stop_variable(const std::map<std::string, std::string>& environment)
{
    const auto found = environment.find("OUTIS_STOP");
    return found == environment.end() ? "" : found->second;
}

StopSignals stop_signals(const std::vector<std::string>& command, const std::string& variable,
                         SignalSet policy)
{
    StopSignals taken{.words = variable};
    for (const InitOption& option : init_command(command).options) {
        if (option.name != "stop")
            continue;
        taken.words = option.value;
        taken.by_option = true;
    }
    if (taken.by_option || !variable.empty())
        taken.set = signals_in(taken.words);
    else
        taken.set = policy == 0 ? kTerm : policy;
    return taken;
}

std::optional<SignalSet> missing_stop(const StopSignals& taken, std::string_view engine)
{
    const auto signal = engine_signal(engine);
    if (!signal || !taken.set || (*taken.set & bit_of(*signal)) != 0)
        return std::nullopt;
    return *taken.set | bit_of(*signal);
}

std::vector<std::string> with_stop(std::vector<std::string> command, const std::string& variable,
                                   SignalSet policy, std::string_view engine)
{
    const InitCommand init = init_command(command);
    const StopSignals taken = stop_signals(command, variable, policy);
    const auto missing = missing_stop(taken, engine);
    const bool by_variable = !taken.by_option && !taken.words.empty();
    if (!init.is_ours || !missing || by_variable)
        return command;
    // Behind all other options: of two PID 1 takes the last.
    const bool dashes = init.app > 1 && command[init.app - 1] == "--";
    const auto place = command.begin() + static_cast<std::ptrdiff_t>(init.app - (dashes ? 1 : 0));
    command.insert(place, {"--stop", signal_list(*missing)});
    for (auto option = init.options.rbegin(); option != init.options.rend(); ++option) {
        if (option->name == "stop")
            command.erase(command.begin() + static_cast<std::ptrdiff_t>(option->first),
                          command.begin() + static_cast<std::ptrdiff_t>(option->last));
    }
    return command;
}

}  // namespace outis::images::view
