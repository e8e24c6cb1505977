// `outis bake`: makes an image and says what was made.
#pragma once

#include "outis/images/build.h"

namespace outis::images {

enum class Verbosity { quiet, summary, json };

struct BakeCommand {
    BakeOptions options = {};
    Verbosity verbosity = Verbosity::summary;
};

int run(const BakeCommand& command);

}  // namespace outis::images
