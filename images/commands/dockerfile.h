// `outis dockerfile`: prints it.
#pragma once

#include "outis/images/build.h"

namespace outis::images::commands {

struct DockerfileCommand {
    bake::BakeOptions options = {};
};

int run(const DockerfileCommand& command);

}  // namespace outis::images::commands
