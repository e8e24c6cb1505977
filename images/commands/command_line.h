// The words of the command line as plain values. The only file that knows how they are parsed.
#pragma once

#include <span>
#include <string>
#include <variant>

#include "commands/bake.h"
#include "commands/inspect.h"
#include "commands/profile.h"
#include "commands/run.h"
#include "commands/version.h"
#include "outis/error.h"

namespace outis::images {

// Help that was asked for.
struct ShowText {
    std::string text = {};
};

using Command =
    std::variant<ShowText, BakeCommand, VersionCommand, ProfileListOptions, ProfileShowOptions,
                 ProfileCheckOptions, ProfileCompileOptions, InspectOptions, RunOptions>;

// `words` without the program's name. What follows the first '--' belongs to the app.
Result<Command, Error> parse_command_line(std::span<const std::string> words);

}  // namespace outis::images
