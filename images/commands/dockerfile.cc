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

Result<int, Error> run_dockerfile(bake::BakeOptions flags, Words rest)
{
    host::hold_interrupts();
    flags.arguments.assign(rest.begin(), rest.end());
    const bake::BakeOptions options =
        OUTIS_TRY(bake::with_config_file(std::move(flags), host::print_note));
    const std::string text =
        dockerfile::dockerfile_text(OUTIS_TRY(dockerfile::dockerfile_facts(options)));
    std::fputs(text.c_str(), stdout);
    return 0;
}

}  // namespace

Command dockerfile_command()
{
    const auto options = std::make_shared<bake::BakeOptions>();
    const auto has = [](const bake::OptionUse& use) {
        return use.dockerfile != bake::InDockerfile::no;
    };
    return {
        .name = "dockerfile",
        .help = "print a Dockerfile that makes the same image as 'bake' with these options",
        .options = concat(
            {{app_option(*options)}, table_options(*options, has), {config_option(*options)}}),
        .rest = "[-- ARGUMENT...]",
        .run = [options](Words rest) { return run_dockerfile(*options, rest); },
    };
}

}  // namespace outis::images::commands
