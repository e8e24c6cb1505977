#include <cstdio>
#include <memory>

#include "bake/config_file.h"
#include "commands/baked.h"
#include "commands/commands.h"
#include "host/interrupt.h"

namespace outis::images::commands {

namespace {

struct BakeCommand {
    bake::BakeOptions options = {};
    Verbosity verbosity = {};
    bool print_config = false;  // instead of a bake
};

Result<int, Error> run_bake(const BakeCommand& command, Words rest)
{
    host::hold_interrupts();
    bake::BakeOptions flags = command.options;
    flags.arguments.assign(rest.begin(), rest.end());
    const bake::BakeOptions options =
        OUTIS_TRY(bake::with_config_file(std::move(flags), notes_for(command.verbosity)));
    if (!command.print_config)
        return bake_and_report(options, command.verbosity);
    std::fputs(bake::config_text(options).c_str(), stdout);
    return 0;
}

}  // namespace

Command bake_command()
{
    const auto bake = std::make_shared<BakeCommand>();
    return {
        .name = "bake",
        .help = "make an image of a program",
        .options =
            concat({{app_option(bake->options)},
                    table_options(bake->options, [](const bake::OptionUse&) { return true; }),
                    {config_option(bake->options),
                     {"--print-config", &bake->print_config, "",
                      "print the options of command line and file as TOML, and leave"}},
                    verbosity_options(bake->verbosity, "what was made")}),
        .rest = "[-- ARGUMENT...]",
        .run = [bake](Words rest) { return run_bake(*bake, rest); },
    };
}

}  // namespace outis::images::commands
