// What two images do not have in common: files as containers see them, and configurations.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "browse/images.h"

namespace outis::images::browse {

struct Difference {
    enum class Kind : std::uint8_t { added, removed, changed, config };

    Kind kind = Kind::changed;
    std::string name = {};                  // a path, or a field of the configuration
    std::vector<std::string> changes = {};  // "mode 0644 -> 0755"; of what was changed
};

// From the first to the second, configuration first, paths sorted.
std::vector<Difference> differences(const view::UnpackedImage& first,
                                    const view::UnpackedImage& second);

// "+ /a", "- /b", "~ /c: mode 0644 -> 0755", "~ config Entrypoint: …".
std::string difference_text(const std::vector<Difference>& differences, bool coloured);
std::string difference_json(const std::vector<Difference>& differences);

}  // namespace outis::images::browse
