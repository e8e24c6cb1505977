#include "commands/words.h"

namespace outis::images::commands {

std::vector<Argument> with_remote(std::vector<Argument> arguments, places::RemoteOptions& remote)
{
    arguments.push_back(
        {.names = "--tls-ca",
         .field = &remote.tls_ca,
         .value = "FILE",
         .help = "whose certificates registries may have, in PEM; the system's authorities"});
    arguments.push_back(
        {.names = "--authfile",
         .field = &remote.authfile,
         .value = "FILE",
         .help = "credentials for registries; those of 'docker login' and 'podman login'"});
    arguments.push_back({.names = "--plain-http",
                         .field = &remote.plain_http,
                         .help = "ask registries without TLS; credentials are not sent"});
    return arguments;
}

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

}  // namespace outis::images::commands
