// "did you mean": the nearest of the words that would have been right.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace outis::sandbox {

// "did you mean 'read'?", or empty if nothing is near: at most a third of the letters may differ.
// `word` is looked at up to 64 characters.
[[nodiscard]] std::string did_you_mean(std::string_view word,
                                       std::span<const std::string_view> right);

// "'word'"
[[nodiscard]] std::string in_quotes(std::string_view word);

// "'a', 'b' or 'c'"
[[nodiscard]] std::string any_of_words(std::span<const std::string_view> words);

}  // namespace outis::sandbox
