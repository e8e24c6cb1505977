#include "commands/words.h"

namespace outis::images::commands {

CommandWords run_words(ProcessWords& words)
{
    RunOptions& run = words.run;
    return CommandWords{
        .name = "run",
        .help = "run a program of this machine under a profile",
        .arguments =
            {
                {.names = "PROFILE",
                 .field = &run.profile,
                 .help = "a name, a '.toml' or a '.policy'; then '--' PROGRAM"},
                {.names = "-u,--user",
                 .field = &run.user,
                 .value = "USER[:GROUP]",
                 .help = "instead of the policy's user, when root"},
                {.names = "-v,--verbose",
                 .field = &run.verbose,
                 .help = "say what is applied, and how it ends"},
            },
        .takes_rest = true,
        .finish = [&run](std::span<const std::string> rest) -> Result<Command, Error> {
            if (run.profile.empty() || rest.empty())
                return bad_input("'outis run' needs a PROFILE, '--' and a PROGRAM");
            run.program.assign(rest.begin(), rest.end());
            return Command(run);
        },
    };
}

CommandWords inspect_words(ProcessWords& words)
{
    InspectOptions& inspect = words.inspect;
    return CommandWords{
        .name = "inspect",
        .help = "say what a running process may still do",
        .arguments =
            {
                {.names = "PROCESS",
                 .field = &inspect.subject,
                 .help = "its number, or what docker or podman call a container"},
                {.names = "--json", .field = &inspect.json, .help = "as JSON"},
            },
        .finish = [&inspect](std::span<const std::string>) -> Result<Command, Error> {
            if (inspect.subject.empty())
                return bad_input("'outis inspect' needs a PID or a CONTAINER");
            return Command(inspect);
        },
    };
}

}  // namespace outis::images::commands
