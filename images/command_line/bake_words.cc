#include "command_line/words.h"
#include "plan/table.h"

namespace outis::images {

namespace {

Field field_of(const OptionRow& row, BakeOptions& options)
{
    return std::visit([&](auto member) { return Field(&(options.*member)); }, row.field);
}

Argument argument_of(const OptionRow& row, BakeOptions& options)
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

Result<Command, Error> finish(BakeWords& words, std::span<const std::string> rest)
{
    BakeOptions& options = words.command.options;
    if (options.apps.empty())
        return bad_input(
            "'outis bake' needs an APP: a static program for Linux, or a directory "
            "with a Go main package");
    options.arguments.assign(rest.begin(), rest.end());
    if (words.quiet && words.json)
        return bad_input("--quiet and --json contradict each other");
    words.command.verbosity = words.quiet  ? Verbosity::quiet
                              : words.json ? Verbosity::json
                                           : Verbosity::summary;
    return Command(words.command);
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
        .finish = [&words](std::span<const std::string> rest) { return finish(words, rest); },
    };
    for (const OptionRow& row : bake_table())
        bake.arguments.push_back(argument_of(row, command.options));
    const Argument own[] = {
        {.names = "-f,--file",
         .field = &command.options.config,
         .value = "FILE",
         .help = "options as TOML instead of outis.toml beside APP; 'none' for none"},
        {.names = "--print-config",
         .field = &command.print_config,
         .help = "show the options of flags and file as TOML, and leave"},
        {.names = "-q,--quiet", .field = &words.quiet, .help = "say nothing but errors"},
        {.names = "--json", .field = &words.json, .help = "say what was made as JSON"},
    };
    bake.arguments.insert(bake.arguments.end(), std::begin(own), std::end(own));
    return bake;
}

}  // namespace outis::images
