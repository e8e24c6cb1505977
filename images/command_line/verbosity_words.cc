#include "command_line/words.h"

namespace outis::images {

std::vector<Argument> with_verbosity(std::vector<Argument> arguments, VerbosityWords& words,
                                     const std::string& done)
{
    arguments.push_back(
        {.names = "-q,--quiet", .field = &words.quiet, .help = "say nothing but errors"});
    arguments.push_back(
        {.names = "--json", .field = &words.json, .help = "say what was " + done + " as JSON"});
    return arguments;
}

Result<Verbosity, Error> verbosity_of(const VerbosityWords& words)
{
    if (words.quiet && words.json)
        return bad_input("--quiet and --json contradict each other");
    return words.quiet ? Verbosity::quiet : words.json ? Verbosity::json : Verbosity::summary;
}

}  // namespace outis::images
