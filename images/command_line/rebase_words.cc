#include "command_line/words.h"

namespace outis::images {

namespace {

std::vector<Argument> rows(RebaseWords& words)
{
    RebaseOptions& options = words.command.options;
    return {
        {.names = "IMAGE",
         .field = &options.image,
         .help = "docker://NAME[:TAG][@DIGEST], docker-daemon:NAME[:TAG], oci:DIR[:TAG], a tar"},
        {.names = "--from",
         .field = &options.from,
         .value = "IMAGE",
         .help = "the image to lie on instead of the old one, named likewise"},
        {.names = "-t,--tag",
         .field = &options.tags,
         .value = "NAME[:TAG]",
         .help = "the new image's name, repeatable; the old one's with '-rebased'"},
        {.names = "-o,--output",
         .field = &options.outputs,
         .value = "OUTPUT",
         .help = "where it goes, repeatable: as 'outis bake -o'; NAME-rebased.tar"},
        {.names = "--platform",
         .field = &options.platforms,
         .value = "PLATFORM",
         .help = "linux/amd64 or linux/arm64, repeatable or with commas; all of the image's"},
        {.names = "--tls-ca",
         .field = &options.remote.tls_ca,
         .value = "FILE",
         .help = "whose certificates registries may have, in PEM; the system's authorities"},
        {.names = "--authfile",
         .field = &options.remote.authfile,
         .value = "FILE",
         .help = "credentials for registries; those of 'docker login' and 'podman login'"},
        {.names = "--plain-http",
         .field = &options.remote.plain_http,
         .help = "ask registries without TLS; credentials are not sent"},
        {.names = "-q,--quiet", .field = &words.quiet, .help = "say nothing but errors"},
        {.names = "--json", .field = &words.json, .help = "say what was made as JSON"},
    };
}

}  // namespace

CommandWords rebase_words(RebaseWords& words)
{
    return CommandWords{
        .name = "rebase",
        .help = "put a baked image on a new version of the image below it",
        .arguments = rows(words),
        .finish = [&words](std::span<const std::string>) -> Result<Command, Error> {
            if (words.command.options.image.empty() || words.command.options.from.empty())
                return bad_input("'outis rebase' needs an IMAGE, and --from with the new base");
            if (words.quiet && words.json)
                return bad_input("--quiet and --json contradict each other");
            words.command.verbosity = words.quiet  ? Verbosity::quiet
                                      : words.json ? Verbosity::json
                                                   : Verbosity::summary;
            return Command(words.command);
        },
    };
}

}  // namespace outis::images
