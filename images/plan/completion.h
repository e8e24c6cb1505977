// Completion for bash, made from the table of options.
#pragma once

#include <span>
#include <string>

namespace outis::images {

// A script for `source`: the commands, their subcommands and the options of a bake; file names
// where a value is expected.
std::string bash_completion(std::span<const std::string> commands);

}  // namespace outis::images
