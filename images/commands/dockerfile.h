// `outis dockerfile`: prints it.
#pragma once

#include "outis/images/build.h"

namespace outis::images {

struct DockerfileCommand {
    BakeOptions options = {};
};

int run(const DockerfileCommand& command);

}  // namespace outis::images
