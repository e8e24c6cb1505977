#include <cstdio>
#include <memory>

#include "bake/config_file.h"
#include "commands/commands.h"
#include "commands/shared.h"
#include "dockerfile/dockerfile.h"
#include "host/interrupt.h"
#include "host/report.h"

namespace outis::images::commands {

namespace {

struct DockerfileCommand {
    bake::BakeOptions options = {};
    bool ignore_file = false;
};

Result<int, Error> run_dockerfile(const DockerfileCommand& command, Words rest)
{
    host::hold_interrupts();
    bake::BakeOptions flags = command.options;
    flags.arguments.assign(rest.begin(), rest.end());
    const bake::BakeOptions options =
        OUTIS_TRY(bake::with_config_file(std::move(flags), host::print_note));
    const dockerfile::DockerfileFacts facts = OUTIS_TRY(dockerfile::dockerfile_facts(options));
    if (command.ignore_file) {
        std::fputs(OUTIS_TRY(dockerfile::ignore_text(facts)).c_str(), stdout);
        return 0;
    }
    for (const std::string& note : facts.notes)
        host::print_note(note);
    std::fputs(dockerfile::dockerfile_text(facts).c_str(), stdout);
    return 0;
}

}  // namespace

Command dockerfile_command()
{
    const auto command = std::make_shared<DockerfileCommand>();
    const auto has = [](const bake::OptionUse& use) {
        return use.dockerfile != bake::InDockerfile::no;
    };
    return {
        .name = "dockerfile",
        .help = "print a Dockerfile that makes the same image as 'bake' with these options",
        .options = concat({{app_option(command->options)},
                           {{"--dockerignore", &command->ignore_file, "",
                             "print a .dockerignore for the build instead"}},
                           table_options(command->options, has),
                           {config_option(command->options)}}),
        .rest = "[-- ARGUMENT...]",
        .run = [command](Words rest) { return run_dockerfile(*command, rest); },
    };
}

}  // namespace outis::images::commands
