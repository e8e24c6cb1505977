// What the user is told of a bundle.
#pragma once

#include <string>
#include <vector>

#include "outis/images/build.h"
#include "places/bundle.h"

namespace outis::images::bake {

// Its sizes are those of the first platform.
Baked summary_of(const places::Bundle& bundle, const std::string& profile,
                 std::vector<std::string> outputs);

}  // namespace outis::images::bake
