#include "commands/dockerfile.h"

#include <cstdio>

#include "bake/config_file.h"
#include "dockerfile/dockerfile.h"
#include "host/report.h"

namespace outis::images::commands {

namespace {

Result<std::string, Error> text_of(const DockerfileCommand& command)
{
    const bake::BakeOptions options = OUTIS_TRY(bake::with_config_file(command.options));
    return dockerfile::dockerfile_text(OUTIS_TRY(dockerfile::dockerfile_facts(options)));
}

}  // namespace

int run(const DockerfileCommand& command)
{
    const Result<std::string, Error> text = text_of(command);
    if (!text)
        return host::report(text.error());
    std::fputs(text.value().c_str(), stdout);
    return 0;
}

}  // namespace outis::images::commands
