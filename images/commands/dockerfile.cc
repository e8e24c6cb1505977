#include <cstdio>
#include <memory>
#include <utility>

#include "bake/config_file.h"
#include "bake/table.h"
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

Options options_of(bake::BakeOptions& options)
{
    Options chosen;
    for (bake::BakeRow& row : bake::bake_table(options)) {
        if (row.use.dockerfile == bake::InDockerfile::no)
            continue;
        row.option.hidden = row.use.dockerfile == bake::InDockerfile::refused;
        chosen.push_back(std::move(row.option));
    }
    return chosen;
}

}  // namespace

Command dockerfile_command()
{
    const auto command = std::make_shared<DockerfileCommand>();
    return {
        .name = "dockerfile",
        .help = "print a Dockerfile that makes the same image as 'bake' with these options",
        .options = concat({{app_option(command->options)},
                           {{"--dockerignore", &command->ignore_file, "",
                             "print a .dockerignore for the build instead"}},
                           options_of(command->options),
                           {config_option(command->options)}}),
        .rest = "[-- ARGUMENT...]",
        .run = [command](Words rest) { return run_dockerfile(*command, rest); },
    };
}

}  // namespace outis::images::commands
