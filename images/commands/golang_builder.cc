#include "golang_builder/golang_builder.h"

#include <memory>

#include "commands/commands.h"
#include "host/interrupt.h"

namespace outis::images::commands {

Command golang_builder_command()
{
    const auto builder = std::make_shared<golang_builder::GolangBuilderCommand>();
    return {
        .name = "golang-builder",
        .help =
            "compile the Go source in this directory and make an image in Docker, inside the "
            "golang-builder's image",
        .options = {{"[TAG]", &builder->tag, "", "name of the image", "name of the main package"},
                    {"--cross", &builder->flags.cross, "",
                     "programs for several platforms, also if neither BUILD_GOOS nor BUILD_GOARCH "
                     "is set"},
                    {"--no-get", &builder->flags.no_get, "",
                     "fetch no packages that the source lacks"}},
        .epilogue = golang_builder::contract_help(),
        .run = [builder](Words) -> Result<int, Error> {
            host::hold_interrupts();
            return golang_builder::run(*builder);
        },
    };
}

}  // namespace outis::images::commands
