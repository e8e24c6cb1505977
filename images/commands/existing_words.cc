#include <utility>

#include "commands/words.h"

namespace outis::images::commands {

namespace {

constexpr const char* kImage =
    "docker://NAME[:TAG][@DIGEST], docker-daemon:NAME[:TAG], oci:DIR[:TAG], a tar";

// The image, a command's `own` arguments, and what both commands take: what becomes of the image,
// which is 'NAME-`ending`' by default.
template <typename Options>
std::vector<Argument> rows(Options& options, const std::string& ending, std::vector<Argument> own)
{
    const std::vector<Argument> both{
        {.names = "-t,--tag",
         .field = &options.tags,
         .value = "NAME[:TAG]",
         .help = "the new image's name, repeatable; the old one's with '-" + ending + "'"},
        {.names = "-o,--output",
         .field = &options.outputs,
         .value = "OUTPUT",
         .help = "where it goes, repeatable: as 'outis bake -o'; NAME-" + ending + ".tar"},
        {.names = "--platform",
         .field = &options.platforms,
         .value = "PLATFORM",
         .help = "linux/amd64 or linux/arm64, repeatable or with commas; all of the image's"},
    };
    own.insert(own.begin(), {.names = "IMAGE", .field = &options.image, .help = kImage});
    own.insert(own.end(), both.begin(), both.end());
    return with_remote(std::move(own), options.remote);
}

}  // namespace

CommandWords harden_words(HardenWords& words)
{
    bake::HardenOptions& options = words.command.options;
    std::vector<Argument> own{
        {.names = "-p,--profile",
         .field = &options.profile,
         .value = "PROFILE",
         .help = "what it runs under: a shipped profile, a .toml, .json or .policy file; baseline"},
        {.names = "-u,--user",
         .field = &options.user,
         .value = "USER[:GROUP]",
         .help = "whom it runs as; the image's user, or the profile's instead of root"},
        {.names = "--compress",
         .field = &options.compress,
         .value = "HOW",
         .help = "gzip[:1-12], zstd[:1-19] or none, for the one layer; gzip:5"},
    };
    return CommandWords{
        .name = "harden",
        .help = "put an existing image under a policy",
        .arguments =
            with_verbosity(rows(options, "hardened", std::move(own)), words.verbosity, "made"),
        .finish = [&words](std::span<const std::string>) -> Result<Command, Error> {
            if (words.command.options.image.empty())
                return bad_input("'outis harden' needs an IMAGE");
            words.command.verbosity = OUTIS_TRY(verbosity_of(words.verbosity));
            return Command(words.command);
        },
    };
}

CommandWords rebase_words(RebaseWords& words)
{
    bake::RebaseOptions& options = words.command.options;
    std::vector<Argument> own{
        {.names = "--from",
         .field = &options.from,
         .value = "IMAGE",
         .help = "the image to lie on instead of the old one, named likewise"},
    };
    return CommandWords{
        .name = "rebase",
        .help = "put a baked image on a new version of the image below it",
        .arguments =
            with_verbosity(rows(options, "rebased", std::move(own)), words.verbosity, "made"),
        .finish = [&words](std::span<const std::string>) -> Result<Command, Error> {
            if (words.command.options.image.empty() || words.command.options.from.empty())
                return bad_input("'outis rebase' needs an IMAGE, and --from with the new base");
            words.command.verbosity = OUTIS_TRY(verbosity_of(words.verbosity));
            return Command(words.command);
        },
    };
}

}  // namespace outis::images::commands
