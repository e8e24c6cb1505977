// The words of the command line as plain values. The only file that knows how they are parsed.
#pragma once

#include <span>
#include <string>

#include "commands/command.h"
#include "outis/error.h"

namespace outis::images::commands {

// `words` without the program's name. What follows the first '--' belongs to the app.
Result<Command, Error> parse_command_line(std::span<const std::string> words);

}  // namespace outis::images::commands
