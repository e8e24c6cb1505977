#include <cstdio>
#include <memory>

#include "commands/commands.h"

namespace outis::images::commands {

Command outis_program()
{
    const auto version = std::make_shared<bool>(false);
    return {
        .name = "outis",
        .help = "Build small, hardened container images and compile their security profiles.",
        .options = {{"-V,--version", version.get(), "", "show the version and leave"}},
        .commands = {bake_command(), base_command(), dockerfile_command(), golang_builder_command(),
                     harden_command(), rebase_command(), image_command(), verify_command(),
                     profile_command(), run_command(), inspect_command(), k8s_command(),
                     push_command(), pull_command(), copy_command(), version_command(),
                     completion_command()},
        .run = [version](Words rest) { return version_command().run(rest); },
    };
}

}  // namespace outis::images::commands
