#include <utility>

#include "command_line/words.h"

namespace outis::images {

namespace {

std::vector<Argument> rows(HardenOptions& options)
{
    return {
        {.names = "IMAGE",
         .field = &options.image,
         .help = "docker://NAME[:TAG][@DIGEST], docker-daemon:NAME[:TAG], oci:DIR[:TAG], a tar"},
        {.names = "-p,--profile",
         .field = &options.profile,
         .value = "PROFILE",
         .help = "what it runs under: a shipped profile, a .toml, .json or .policy file; baseline"},
        {.names = "-u,--user",
         .field = &options.user,
         .value = "USER[:GROUP]",
         .help = "whom it runs as; the image's user, or the profile's instead of root"},
        {.names = "-t,--tag",
         .field = &options.tags,
         .value = "NAME[:TAG]",
         .help = "the new image's name, repeatable; the old one's with '-hardened'"},
        {.names = "-o,--output",
         .field = &options.outputs,
         .value = "OUTPUT",
         .help = "where it goes, repeatable: as 'outis bake -o'; NAME-hardened.tar"},
        {.names = "--platform",
         .field = &options.platforms,
         .value = "PLATFORM",
         .help = "linux/amd64 or linux/arm64, repeatable or with commas; all of the image's"},
        {.names = "--compress",
         .field = &options.compress,
         .value = "HOW",
         .help = "gzip[:1-12], zstd[:1-19] or none, for the one layer; gzip:5"},
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
    };
}

}  // namespace

CommandWords harden_words(HardenWords& words)
{
    return CommandWords{
        .name = "harden",
        .help = "put an existing image under a policy",
        .arguments = with_verbosity(rows(words.command.options), words.verbosity, "made"),
        .finish = [&words](std::span<const std::string>) -> Result<Command, Error> {
            if (words.command.options.image.empty())
                return bad_input("'outis harden' needs an IMAGE");
            words.command.verbosity = OUTIS_TRY(verbosity_of(words.verbosity));
            return Command(words.command);
        },
    };
}

}  // namespace outis::images
