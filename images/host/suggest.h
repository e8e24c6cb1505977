// "did you mean": the candidate that a mistyped word most likely stands for.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace outis::images {

// The nearest candidate by optimal string alignment (insert, delete, replace, swap of neighbours),
// at most a third of the word away; empty if none is that near.
std::string closest(std::string_view word, std::span<const std::string> candidates);

// "; did you mean 'x'?", or nothing.
std::string did_you_mean(std::string_view word, std::span<const std::string> candidates);

// "'a', 'b', 'c'"
std::string quoted_list(std::span<const std::string> names);

}  // namespace outis::images
