#include "commands/words.h"

namespace outis::images::commands {

namespace {

constexpr const char* kImageHelp =
    "docker://NAME[:TAG][@DIGEST], docker-daemon:NAME[:TAG], oci:DIR[:TAG], oci-archive:FILE, "
    "docker-archive:FILE, a tar file, or a layout's directory";

Argument platform_argument(std::string& platform)
{
    return {.names = "--platform",
            .field = &platform,
            .value = "OS/ARCH",
            .help = "of an image for several, the one for it; 'all' for every one"};
}

Argument json_argument(bool& json)
{
    return {.names = "--json", .field = &json, .help = "as JSON"};
}

CommandWords show_words(ImageShowCommand& show)
{
    return CommandWords{
        .name = "show",
        .help = "say how an image starts and what it is made of",
        .arguments = with_remote({{.names = "IMAGE", .field = &show.image, .help = kImageHelp},
                                  platform_argument(show.platform),
                                  json_argument(show.json)},
                                 show.remote),
        .finish = [&show](std::span<const std::string>) -> Result<Command, Error> {
            if (show.image.empty())
                return bad_input("'outis image show' needs an IMAGE");
            return Command(show);
        },
    };
}

CommandWords list_words(ImageListCommand& list)
{
    return CommandWords{
        .name = "ls",
        .help = "list the files of an image",
        .arguments =
            with_remote({{.names = "IMAGE", .field = &list.image, .help = kImageHelp},
                         {.names = "PATH", .field = &list.path, .help = "it and what is below"},
                         {.names = "-l,--long",
                          .field = &list.details,
                          .help = "modes, owners, sizes, targets and attributes too"},
                         {.names = "--layer",
                          .field = &list.layer,
                          .value = "NUMBER",
                          .help = "of one layer, the lowest is 1, as it stands there"},
                         platform_argument(list.platform),
                         json_argument(list.json)},
                        list.remote),
        .finish = [&list](std::span<const std::string>) -> Result<Command, Error> {
            if (list.image.empty())
                return bad_input("'outis image ls' needs an IMAGE");
            return Command(list);
        },
    };
}

CommandWords diff_words(ImageDiffCommand& diff)
{
    return CommandWords{
        .name = "diff",
        .help = "say what two images do not have in common",
        .arguments = with_remote({{.names = "FIRST", .field = &diff.first, .help = kImageHelp},
                                  {.names = "SECOND", .field = &diff.second, .help = "likewise"},
                                  platform_argument(diff.platform),
                                  json_argument(diff.json)},
                                 diff.remote),
        .finish = [&diff](std::span<const std::string>) -> Result<Command, Error> {
            if (diff.second.empty())
                return bad_input("'outis image diff' needs two images");
            return Command(diff);
        },
    };
}

}  // namespace

CommandWords verify_words(VerifyCommand& verify)
{
    return CommandWords{
        .name = "verify",
        .help = "ask an image everything again, and list all that is wrong",
        .arguments = with_remote({{.names = "IMAGE", .field = &verify.image, .help = kImageHelp},
                                  platform_argument(verify.platform),
                                  {.names = "--strict",
                                   .field = &verify.strict,
                                   .help = "warnings make the image unsound too"},
                                  {.names = "-q,--quiet",
                                   .field = &verify.quiet,
                                   .help = "answer by the exit code alone"},
                                  json_argument(verify.json)},
                                 verify.remote),
        .finish = [&verify](std::span<const std::string>) -> Result<Command, Error> {
            if (verify.image.empty())
                return bad_input("'outis verify' needs an IMAGE");
            return Command(verify);
        },
    };
}

CommandWords image_words(ImageWords& words)
{
    return CommandWords{
        .name = "image",
        .help = "look into images",
        .commands = {show_words(words.show), list_words(words.list), diff_words(words.diff)},
    };
}

}  // namespace outis::images::commands
