// Images that are made to take long: each shape has a size, and work must be linear in it.
#pragma once

#include <cstddef>
#include <vector>

#include "made_image.h"

namespace outis::images::testing {

struct HostileShape {
    const char* name;
    MadeImage (*make)(std::size_t size);
};

std::vector<HostileShape> hostile_shapes();

}  // namespace outis::images::testing
