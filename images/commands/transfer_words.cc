#include <string_view>
#include <utility>

#include "commands/words.h"

namespace outis::images::commands {

namespace {

constexpr std::string_view kRegistry = "docker://";

std::vector<Argument> with_shared(TransferWords& words, std::vector<Argument> own)
{
    places::RemoteOptions& remote = words.command.options.remote;
    std::vector<Argument> shared{
        {.names = "--platform",
         .field = &words.command.options.platform,
         .value = "PLATFORM",
         .help = "that image of an index alone, as 'linux/arm64'; 'all' for everything"},
        {.names = "--referrers",
         .field = &words.command.options.referrers,
         .help = "what refers to the image (SBOM, provenance, signatures), too"},
        {.names = "-j,--jobs",
         .field = &remote.jobs,
         .value = "COUNT",
         .help = "blobs that move at once; 4"},
        {.names = "--tries",
         .field = &remote.tries,
         .value = "COUNT",
         .help = "of what a registry or the network refuses for now; 5"},
        {.names = "--chunk",
         .field = &remote.chunk,
         .value = "SIZE",
         .help = "upload in pieces of this size, as '16M'; whole blobs"},
    };
    for (Argument& argument : shared)
        own.push_back(std::move(argument));
    return with_verbosity(with_remote(std::move(own), remote), words.verbosity, "done");
}

std::string in_registry(const std::string& name)
{
    return name.starts_with(kRegistry) ? name : std::string(kRegistry) + name;
}

Result<Command, Error> finish(const TransferWords& words, TransferCommand command)
{
    command.verbosity = OUTIS_TRY(verbosity_of(words.verbosity));
    return Command(std::move(command));
}

// "hello.tar" for "localhost:5000/team/hello:1"
std::string default_output(const std::string& name)
{
    const std::string path = name.substr(0, name.find('@'));
    const std::string last = path.substr(path.rfind('/') + 1);
    return last.substr(0, last.find(':')) + ".tar";
}

}  // namespace

CommandWords push_words(TransferWords& words)
{
    return CommandWords{
        .name = "push",
        .help = "an image of this machine to a registry",
        .arguments =
            with_shared(words, {{.names = "IMAGE",
                                 .field = &words.from,
                                 .help = "a tar, a layout's folder, oci:DIR[:TAG]"},
                                {.names = "NAME", .field = &words.to, .help = "HOST/NAME[:TAG]"}}),
        .finish = [&words](std::span<const std::string>) -> Result<Command, Error> {
            if (words.from.empty() || words.to.empty())
                return bad_input("'outis push' needs an IMAGE and a NAME to give it");
            TransferCommand command = words.command;
            command.options.from = words.from;
            command.outputs = {in_registry(words.to)};
            return finish(words, std::move(command));
        },
    };
}

CommandWords pull_words(TransferWords& words)
{
    return CommandWords{
        .name = "pull",
        .help = "an image of a registry to this machine",
        .arguments = with_shared(
            words, {{.names = "NAME", .field = &words.from, .help = "HOST/NAME[:TAG][@DIGEST]"},
                    {.names = "-o,--output",
                     .field = &words.command.outputs,
                     .value = "OUTPUT",
                     .help = "where it goes, repeatable: as 'outis bake -o'; "
                             "NAME.tar"}}),
        .finish = [&words](std::span<const std::string>) -> Result<Command, Error> {
            if (words.from.empty())
                return bad_input("'outis pull' needs a NAME");
            TransferCommand command = words.command;
            command.options.from = in_registry(words.from);
            if (command.outputs.empty())
                command.outputs = {default_output(words.from)};
            if (command.options.platform.empty())
                command.options.platform = places::kThisMachine;
            return finish(words, std::move(command));
        },
    };
}

CommandWords copy_words(TransferWords& words)
{
    return CommandWords{
        .name = "copy",
        .help = "an image from anywhere to anywhere",
        .arguments =
            with_shared(words, {{.names = "FROM",
                                 .field = &words.from,
                                 .help = "docker://NAME[:TAG][@DIGEST], a tar, oci:DIR[:TAG], …"},
                                {.names = "TO",
                                 .field = &words.to,
                                 .help = "docker://NAME[:TAG], or as 'outis bake -o'"}}),
        .finish = [&words](std::span<const std::string>) -> Result<Command, Error> {
            if (words.from.empty() || words.to.empty())
                return bad_input("'outis copy' needs where FROM and where TO");
            TransferCommand command = words.command;
            command.options.from = words.from;
            command.outputs = {words.to};
            return finish(words, std::move(command));
        },
    };
}

}  // namespace outis::images::commands
