#include <memory>

#include "commands/baked.h"
#include "commands/commands.h"
#include "host/interrupt.h"

namespace outis::images::commands {

namespace {

struct BaseCommand {
    bake::BakeOptions options = {.product = bake::Product::base};
    Verbosity verbosity = {};
    bool ca_only = false;
};

Result<Done, Error> check_certificates(bake::BakeOptions options)
{
    if (!options.apps.empty())
        return bad_input("--ca-only makes an image of certificates alone; leave out --for");
    for (const bake::BakeRow& row : bake::bake_table(options)) {
        if (!host::given_values(row.option).empty() &&
            !bake::is_for(row.use.products, bake::Product::certificates))
            return bad_input("--ca-only makes an image of certificates alone; leave out --" +
                             host::long_name(row.option));
    }
    if (options.ca == "none" && options.ca_add.empty())
        return bad_input("--ca-only with --ca none leaves nothing; name certificates by --ca-add");
    return Done{};
}

Result<int, Error> run_base(const BaseCommand& command)
{
    host::hold_interrupts();
    bake::BakeOptions flags = command.options;
    if (command.ca_only)
        flags.product = bake::Product::certificates;
    return bake_and_report(flags, command.verbosity);
}

// A base has no program that names it or says its platform.
Options with_own_defaults(Options options)
{
    for (host::Option& option : options) {
        const std::string name = host::long_name(option);
        if (name == "tag")
            option.default_value = "outis-base, or ca-certificates with --ca-only";
        else if (name == "platform")
            option.default_value = "this machine's";
    }
    return options;
}

}  // namespace

Command base_command()
{
    const auto base = std::make_shared<BaseCommand>();
    const auto is_for_base = [](const bake::OptionUse& use) {
        return bake::is_for(use.products, bake::Product::base);
    };
    return {
        .name = "base",
        .help = "make an image to build others FROM, or (--ca-only) one of certificates alone",
        .options =
            concat({{{"--ca-only", &base->ca_only, "",
                      "certificates and nothing else, 231 kB, for programs that need no PID 1"},
                     {"--for", &base->options.apps, "APP",
                      "add the libraries of this program, which is put in later", "",
                      host::PathKind::file}},
                    with_own_defaults(table_options(base->options, is_for_base)),
                    verbosity_options(base->verbosity, "what was made")}),
        .check = [base](Words) -> Result<Done, Error> {
            return base->ca_only ? check_certificates(base->options) : Done{};
        },
        .run = [base](Words) { return run_base(*base); },
    };
}

}  // namespace outis::images::commands
