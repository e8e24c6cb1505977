#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "bake/table.h"
#include "commands/words.h"

namespace outis::images::commands {

namespace {

Field field_of(const bake::OptionRow& row, bake::BakeOptions& options)
{
    return std::visit([&](auto member) { return Field(&(options.*member)); }, row.field);
}

Argument argument_of(const bake::OptionRow& row, bake::BakeOptions& options)
{
    const std::string name = "--" + std::string(row.name);
    return Argument{
        .names = row.short_name.empty() ? name : "-" + std::string(row.short_name) + "," + name,
        .field = field_of(row, options),
        .value = std::string(row.value),
        .help = std::string(row.help),
        .group = std::string(row.group),
    };
}

// Options that are about the app of an image, or about how Go makes it.
constexpr std::array<std::string_view, 12> kOfAnApp{
    "from", "keep-entrypoint", "cap", "trace", "pack",        "main", "ldflags",
    "tags", "go-flag",         "cgo", "test",  "binary-only",
};

// Those that an image of certificates knows.
constexpr std::array<std::string_view, 10> kOfCertificates{
    "tag",  "output",     "platform", "label",  "annotation",
    "sbom", "provenance", "compress", "ca-add", "ca",
};

// What a Dockerfile says nothing of: where an image goes, how it is packed, what lies beside it.
constexpr std::array<std::string_view, 10> kNotOfADockerfile{
    "--quiet", "--json",       "--print-config", "--output",   "--compress",
    "--sbom",  "--provenance", "--tls-ca",       "--authfile", "--plain-http"};

template <std::size_t Count>
bool holds(const std::array<std::string_view, Count>& names, std::string_view name)
{
    return std::ranges::find(names, name) != names.end();
}

Result<Done, Error> check_certificates(const bake::BakeOptions& options)
{
    if (!options.apps.empty())
        return bad_input("--ca-only makes an image of certificates alone; leave out --for");
    for (const bake::OptionRow& row : bake::bake_table()) {
        if (!bake::given_words(row, options).empty() && !holds(kOfCertificates, row.name))
            return bad_input("--ca-only makes an image of certificates alone; leave out --" +
                             std::string(row.name));
    }
    if (options.ca == "none" && options.ca_add.empty())
        return bad_input("--ca-only with --ca none leaves nothing; name certificates by --ca-add");
    return Done{};
}

Result<Command, Error> finished(BakeWords& words)
{
    words.command.verbosity = OUTIS_TRY(verbosity_of(words.verbosity));
    return Command(words.command);
}

Result<Command, Error> finish_bake(BakeWords& words, std::span<const std::string> rest)
{
    bake::BakeOptions& options = words.command.options;
    if (options.apps.empty())
        return bad_input(
            "'outis bake' needs an APP: a static program for Linux, or a directory "
            "with a Go main package");
    options.arguments.assign(rest.begin(), rest.end());
    return finished(words);
}

Result<Command, Error> finish_base(BakeWords& words, std::span<const std::string> rest)
{
    if (!rest.empty())
        return bad_input("a base has no app; give its arguments to the image that is built on it");
    bake::BakeOptions& options = words.command.options;
    options.product = words.ca_only ? bake::Product::certificates : bake::Product::base;
    if (words.ca_only)
        OUTIS_TRY(check_certificates(options));
    return finished(words);
}

}  // namespace

CommandWords bake_words(BakeWords& words)
{
    BakeCommand& command = words.command;
    CommandWords bake{
        .name = "bake",
        .help = "make an image of a program",
        .arguments = {{.names = "APP",
                       .field = &command.options.apps,
                       .help = "static programs for Linux, or a directory with a Go main package; "
                               "what follows '--' are the app's arguments"}},
        .takes_rest = true,
        .finish = [&words](std::span<const std::string> rest) { return finish_bake(words, rest); },
    };
    for (const bake::OptionRow& row : bake::bake_table())
        bake.arguments.push_back(argument_of(row, command.options));
    bake.arguments.push_back(
        {.names = "-f,--file",
         .field = &command.options.config,
         .value = "FILE",
         .help = "options as TOML instead of outis.toml beside APP; 'none' for none"});
    bake.arguments.push_back({.names = "--print-config",
                              .field = &command.print_config,
                              .help = "show the options of flags and file as TOML, and leave"});
    bake.arguments = with_verbosity(std::move(bake.arguments), words.verbosity, "made");
    return bake;
}

CommandWords dockerfile_words(BakeWords& words)
{
    CommandWords dockerfile = bake_words(words);
    dockerfile.name = "dockerfile";
    dockerfile.help = "print a Dockerfile that makes what 'bake' makes of the same words";
    std::erase_if(dockerfile.arguments, [](const Argument& argument) {
        return std::ranges::any_of(kNotOfADockerfile, [&](std::string_view name) {
            return argument.names.ends_with(name);
        });
    });
    dockerfile.finish = [&words](std::span<const std::string> rest) -> Result<Command, Error> {
        OUTIS_TRY(finish_bake(words, rest));
        return Command(DockerfileCommand{words.command.options});
    };
    return dockerfile;
}

CommandWords golang_builder_words(golang_builder::GolangBuilderCommand& command)
{
    return CommandWords{
        .name = "golang-builder",
        .help =
            "what the golang-builder's image runs: compile the Go source in this folder, and "
            "make an image in Docker",
        .arguments = {{.names = "TAG",
                       .field = &command.arguments,
                       .help = "the image's name; by default that of the main package"}},
        .finish = [&command](std::span<const std::string>) -> Result<Command, Error> {
            return Command(command);
        },
    };
}

CommandWords base_words(BakeWords& words)
{
    CommandWords base{
        .name = "base",
        .help = "make an image to build others FROM",
        .arguments = {{.names = "--ca-only",
                       .field = &words.ca_only,
                       .help = "certificates and nothing else"},
                      {.names = "--for",
                       .field = &words.command.options.apps,
                       .value = "APP",
                       .help = "have the libraries of this program, which is put in later; "
                               "repeatable"}},
        .takes_rest = true,
        .finish = [&words](std::span<const std::string> rest) { return finish_base(words, rest); },
    };
    for (const bake::OptionRow& row : bake::bake_table()) {
        if (!holds(kOfAnApp, row.name))
            base.arguments.push_back(argument_of(row, words.command.options));
    }
    base.arguments = with_verbosity(std::move(base.arguments), words.verbosity, "made");
    return base;
}

}  // namespace outis::images::commands
