#include "commands/dockerfile.h"

#include <cstdio>

#include "bake/config_file.h"
#include "dockerfile/dockerfile.h"
#include "host/report.h"

namespace outis::images {

namespace {

Result<std::string, Error> text_of(const DockerfileCommand& command)
{
    const BakeOptions options = OUTIS_TRY(with_config_file(command.options));
    return dockerfile_text(OUTIS_TRY(dockerfile_facts(options)));
}

}  // namespace

int run(const DockerfileCommand& command)
{
    const Result<std::string, Error> text = text_of(command);
    if (!text)
        return report(text.error());
    std::fputs(text.value().c_str(), stdout);
    return 0;
}

}  // namespace outis::images
