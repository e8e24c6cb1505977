// `outis bake` and `outis base`: make an image and say what was made.
#pragma once

#include "outis/images/build.h"

namespace outis::images {

enum class Verbosity { quiet, summary, json };

struct BakeCommand {
    BakeOptions options = {};
    Verbosity verbosity = Verbosity::summary;
    bool print_config = false;  // instead of a bake
};

int run(const BakeCommand& command);

}  // namespace outis::images
