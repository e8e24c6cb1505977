#include "outis/images/harden.h"

#include <memory>

#include "commands/baked.h"
#include "commands/commands.h"
#include "host/interrupt.h"

namespace outis::images::commands {

namespace {

struct HardenCommand {
    bake::HardenOptions options = {};
    Verbosity verbosity = {};
};

Result<int, Error> run_harden(const HardenCommand& command)
{
    host::hold_interrupts();
    return report_image(OUTIS_TRY(bake::harden(command.options, progress_for(command.verbosity))),
                        bake::Product::app, command.verbosity);
}

}  // namespace

Command harden_command()
{
    const auto harden = std::make_shared<HardenCommand>();
    bake::HardenOptions& options = harden->options;
    return {
        .name = "harden",
        .help = "put an existing image under a security policy",
        .options =
            concat({{image_option(options.image),
                     {"-p,--profile", &options.profile, "PROFILE",
                      "security profile: a shipped name, or a .toml, .json or .policy file",
                      "baseline", host::PathKind::profile},
                     {"-u,--user", &options.user, "USER[:GROUP]", "user that the image runs as",
                      "the image's user; the profile's instead of root"},
                     {"--compress", &options.compress, "HOW",
                      "gzip[:1-12], zstd[:1-19] or none, for the new layer", "gzip:5"}},
                    result_options(options.tags, options.outputs, options.platforms, "hardened"),
                    registry_options(options.remote),
                    verbosity_options(harden->verbosity, "what was made")}),
        .run = [harden](Words) { return run_harden(*harden); },
    };
}

}  // namespace outis::images::commands
