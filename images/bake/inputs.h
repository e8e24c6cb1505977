// The files that a bake reads.
#pragma once

#include <filesystem>
#include <vector>

#include "layers/tree.h"
#include "outis/images/build.h"

namespace outis::images::bake {

// Those that `options` name, and those of the folders in it that lie in `additions`.
std::vector<std::filesystem::path> input_files(BakeOptions options, const layers::Tree& additions);

}  // namespace outis::images::bake
