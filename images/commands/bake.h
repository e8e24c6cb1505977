// `outis bake`, `outis base`, `outis harden` and `outis rebase`: make an image and say what was
// made.
#pragma once

#include "outis/images/build.h"
#include "outis/images/harden.h"
#include "outis/images/rebase.h"

namespace outis::images::commands {

enum class Verbosity { quiet, summary, json };

struct BakeCommand {
    bake::BakeOptions options = {};
    Verbosity verbosity = Verbosity::summary;
    bool print_config = false;  // instead of a bake
};

struct HardenCommand {
    bake::HardenOptions options = {};
    Verbosity verbosity = Verbosity::summary;
};

struct RebaseCommand {
    bake::RebaseOptions options = {};
    Verbosity verbosity = Verbosity::summary;
};

int run(const BakeCommand& command);
int run(const HardenCommand& command);
int run(const RebaseCommand& command);

}  // namespace outis::images::commands
