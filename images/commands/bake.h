// `outis bake`, `outis base` and `outis harden`: make an image and say what was made.
#pragma once

#include "outis/images/build.h"
#include "outis/images/harden.h"

namespace outis::images {

enum class Verbosity { quiet, summary, json };

struct BakeCommand {
    BakeOptions options = {};
    Verbosity verbosity = Verbosity::summary;
    bool print_config = false;  // instead of a bake
};

struct HardenCommand {
    HardenOptions options = {};
    Verbosity verbosity = Verbosity::summary;
};

int run(const BakeCommand& command);
int run(const HardenCommand& command);

}  // namespace outis::images
