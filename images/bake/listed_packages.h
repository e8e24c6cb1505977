// The list of packages that scanners read, put into the layers that hold files of them.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "bake/base_image.h"
#include "bake/plan.h"
#include "layers/tree.h"
#include "outis/error.h"

namespace outis::images::bake {

// `layers` of one image, the lowest first. What they or `base` have at a place of the list stays.
// Answers what the user should know, a clause each.
Result<std::vector<std::string>, Error> add_package_lists(std::span<layers::Tree* const> layers,
                                                          const Plan& plan, const BaseImage& base);

}  // namespace outis::images::bake
