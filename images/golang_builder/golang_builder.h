// `outis golang-builder [TAG]`: what the image images/recipes/golang-builder runs in /src.
#pragma once

#include <optional>
#include <string>

#include "golang_builder/contract.h"

namespace outis::images::golang_builder {

struct GolangBuilderCommand {
    std::optional<std::string> tag = {};
    BuilderFlags flags = {};
};

// Compiles, then makes an image in the daemon: of the Dockerfile that is there, or ours. Without a
// daemon there is no image, which is said; that is an error only if a TAG was given.
int run(const GolangBuilderCommand& command);

}  // namespace outis::images::golang_builder
