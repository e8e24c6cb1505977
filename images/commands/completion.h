// Completion for bash, made from the rows of the commands.
#pragma once

#include <string>

#include "commands/words.h"

namespace outis::images::commands {

// A script for `source`: the commands, their subcommands and options; file names where a value or a
// word that stands alone is expected.
std::string bash_completion(const CommandWords& program);

}  // namespace outis::images::commands
