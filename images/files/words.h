// Words of the user taken apart.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace outis::images {

// "a,b" as "a" and "b"; nothing for an empty text.
std::vector<std::string> split_commas(std::string_view text);

// Of TCP: 1 to 65535, as a number.
bool is_port(std::string_view text);

}  // namespace outis::images
