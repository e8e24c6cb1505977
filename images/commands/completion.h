// Completion for bash, made from the same rows as the parser and the help.
#pragma once

#include <string>

#include "commands/command_line.h"

namespace outis::images::commands {

// A script for `source`: the commands, their subcommands and options; file names behind an option
// whose value is a path, and for words that stand alone.
std::string bash_completion(const Command& program);

}  // namespace outis::images::commands
