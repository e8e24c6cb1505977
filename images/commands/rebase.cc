#include "outis/images/rebase.h"

#include <memory>

#include "commands/baked.h"
#include "commands/commands.h"
#include "host/interrupt.h"

namespace outis::images::commands {

namespace {

struct RebaseCommand {
    bake::RebaseOptions options = {};
    Verbosity verbosity = {};
};

Result<int, Error> run_rebase(const RebaseCommand& command)
{
    host::hold_interrupts();
    return report_image(OUTIS_TRY(bake::rebase(command.options, progress_for(command.verbosity))),
                        bake::Product::app, command.verbosity);
}

}  // namespace

Command rebase_command()
{
    const auto rebase = std::make_shared<RebaseCommand>();
    bake::RebaseOptions& options = rebase->options;
    return {
        .name = "rebase",
        .help = "move a baked image to a new version of its base image",
        .options =
            concat({{image_option(options.image),
                     {"--from", &options.from, "IMAGE", "the new image below, written as IMAGE", "",
                      host::PathKind::image}},
                    result_options(options.tags, options.outputs, options.platforms, "rebased"),
                    registry_options(options.remote),
                    verbosity_options(rebase->verbosity, "what was made")}),
        .check = [rebase](Words) -> Result<Done, Error> {
            if (rebase->options.from.empty())
                return bad_input("'outis rebase' needs --from with the new base");
            return Done{};
        },
        .run = [rebase](Words) { return run_rebase(*rebase); },
    };
}

}  // namespace outis::images::commands
