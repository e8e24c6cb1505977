// The image of a bake on top of one that is there: its layers as they are, and above them PID 1
// with what the base lacks, libraries, the programs with their policy, a debug shell.
#pragma once

#include <string>
#include <vector>

#include "bake/base_image.h"
#include "bake/plan.h"
#include "bake/trees.h"
#include "content/labels.h"
#include "host/tool_data.h"
#include "layers/layer.h"
#include "outis/error.h"
#include "outis/images/build.h"
#include "programs/closure.h"
#include "programs/program.h"

namespace outis::images::bake {

struct AppOver {
    const BakeOptions& options;
    const Plan& plan;
    const host::ToolData& data;
    const layers::BlobStore& store;
    const std::vector<programs::Program>& programs;
    const programs::Closure& closure;
    const content::Labels& labels;  // that nobody gave
    const std::string& base_name;   // BaseImages::name
    layers::PackOptions pack = {};
    Flavour flavour = Flavour::plain;
};

Result<Image, Error> image_over(const AppOver& app, const BaseImage& base);

}  // namespace outis::images::bake
