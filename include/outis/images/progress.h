// How a step that may take seconds says what it does.
#pragma once

#include <functional>
#include <string_view>

namespace outis::images {

// Called before each such step with a clause in lower case.
using Progress = std::function<void(std::string_view)>;

}  // namespace outis::images
