// Which signals PID 1 takes for the wish to stop, so that its drain and grace begin with them, and
// whether the one that engines send, the image's StopSignal, is among them.
// Sources: init/README.md; moby's and containerd's signal tables for StopSignal.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace outis::images::view {

using SignalSet = std::uint64_t;  // bit n: signal n + 1

// The signal that engines send for a StopSignal: "SIGQUIT", "quit", "3", "SIGRTMIN+3". Nothing for
// what no engine takes, and for KILL and STOP, which no process receives.
std::optional<int> engine_signal(std::string_view text);

// "QUIT,TERM", real-time signals as numbers.
std::string signal_list(SignalSet set);

// What OUTIS_STOP says in an image's environment; empty if it is not there.
std::string stop_variable(const std::map<std::string, std::string>& environment);

struct StopSignals {
    std::optional<SignalSet> set = {};  // nothing: PID 1 refuses what it is told
    std::string words = {};             // what --stop or OUTIS_STOP says, if one of them does
    bool by_option = false;             // which a variable does not change
};

// PID 1 takes its option, else the variable, else the policy, where 0 is TERM.
StopSignals stop_signals(const std::vector<std::string>& command, const std::string& variable,
                         SignalSet policy);

// The signals that PID 1 has to be told, its own and the engine's: nothing if they hold `engine`
// already, if that is empty or unknown, or if PID 1 cannot read what it is told.
std::optional<SignalSet> missing_stop(const StopSignals& taken, std::string_view engine);

// `command` with the option --stop for missing_stop(). It stays as it is if nothing is missing, if
// the variable decides, and if it does not begin with outis-init.
std::vector<std::string> with_stop(std::vector<std::string> command, const std::string& variable,
                                   SignalSet policy, std::string_view engine);

}  // namespace outis::images::view
