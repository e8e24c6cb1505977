// The rows of /etc/passwd and /etc/group: fields between colons. passwd(5), group(5).
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace outis::images::bake {

// Without their ends; views into `text`.
std::vector<std::string_view> lines_of(std::string_view text);

// From 0; empty behind the last one.
std::string_view field_of(std::string_view line, std::size_t number);

}  // namespace outis::images::bake
