// How an image starts: its user, the program that its configuration names, and a policy of ours.
// Sources: OCI image specification 1.1, config.md; init/README.md; execve(2).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <boost/json/value.hpp>

#include "view/flattened.h"
#include "view/libraries.h"
#include "view/rules.h"
#include "view/stop_signals.h"

namespace outis::images::view {

// Entrypoint and Cmd as an init program reads them.
struct Start {
    std::vector<std::string> programs = {};  // as they are named: PID 1, if it is one, and the app
    bool by_outis = false;                   // outis-init is PID 1
    std::string policy = {};  // what its -p or OUTIS_PROFILE says; empty: none is named
    std::string user = {};    // what its -u or OUTIS_USER says, likewise
};

Start read_start(const boost::json::value& config);

struct StartCheck {
    Findings findings = {};
    std::vector<std::string> started = {};  // paths of the programs that could be found
};

// What PID 1 takes for a stop, by its words and its policy in `files`.
StopSignals stop_signals_of(const Flattened& files, const boost::json::value& config);

// The value of a variable in the configuration's Env; empty if it is not there.
std::string variable_of(const boost::json::value& config, std::string_view name);

StartCheck check_start(const Flattened& files, const boost::json::value& config,
                       const std::string& platform, LibrarySearch& libraries);

}  // namespace outis::images::view
