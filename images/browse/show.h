// What an image is: how it starts, what it is made of, under which policy.
#pragma once

#include <cstdint>
#include <string>

#include "browse/images.h"
#include "outis/error.h"

namespace outis::images::browse {

enum class ShowAs : std::uint8_t { text, json };

// A page, or an object of a list, for each platform.
Result<std::string, Error> show_image(const Members& members, const std::string& platform,
                                      ShowAs form);

}  // namespace outis::images::browse
