// What a program does in one scene, as a text by which two programs can be compared: a peer, and we
// under its name.
#pragma once

#include <string>

#include "init/program.h"

namespace outis::tests {

// The file that is started, and how.
struct Player {
    std::string path;
    Words options;       // before "--"
    Words environment;   // beside the base
    bool first = false;  // as PID 1
};

using Play = std::string (*)(const Player&);

// What becomes of a signal.
std::string forwarded_signals(const Player&);  // of those that end or stop no peer
std::string fault_signal(const Player&);
std::string signal_of_libc(const Player&);
std::string terminal_stops(const Player&);  // those of the three that reach the app
std::string suspended(const Player&);       // TSTP and CONT, on a terminal; beside others
std::string payload(const Player&);
std::string forbidden_kill(const Player&);  // as PID 1 without CAP_KILL

// What the app finds, and whether it is found.
std::string place(const Player&);
std::string mask(const Player&);
std::string dispositions(const Player&);
std::string child_signal_ignored(const Player&);
std::string descriptors(const Player&);
std::string death_signal(const Player&);
std::string listen_pid(const Player&);
std::string no_path(const Player&);
std::string not_executable(const Player&);  // the outcomes, in a list
std::string unusual_errors(const Player&);
std::string scripts(const Player&);  // without #!
std::string closed_stdin(const Player&);

// The end, and what is not a start.
std::string end_of_group(const Player&);   // who is left in the app's group; beside others
std::string end_of_daemon(const Player&);  // who is left in a session of its own
std::string end_of_parent(const Player&);  // our own parent's
std::string who_adopts(const Player&);     // beside others
std::string own_code(const Player&);       // 7
std::string signal_death(const Player&);
std::string missing_program(const Player&);
std::string refused_subreaper(const Player&);
std::string pause_mode(const Player&);
std::string words(const Player&);  // the options alone: the outcome, and the streams written on

}  // namespace outis::tests
