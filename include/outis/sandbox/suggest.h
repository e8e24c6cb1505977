// Words inside a message: quoted, in a list, and the word that a mistyped one most likely means.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace outis::sandbox {

// "; did you mean 'x'?" for the end of a message: x is the nearest candidate by optimal string
// alignment (insert, delete, replace, swap of neighbours). Empty if none is near: at most a third
// of the letters of `word` may differ. Only the first 64 letters of a word count.
[[nodiscard]] std::string did_you_mean(std::string_view word,
                                       std::span<const std::string_view> candidates);
[[nodiscard]] std::string did_you_mean(std::string_view word,
                                       std::span<const std::string> candidates);

// The same without "; ", for the hint of a Diagnostic.
[[nodiscard]] std::string hint_at(std::string_view word,
                                  std::span<const std::string_view> candidates);
[[nodiscard]] std::string hint_at(std::string_view word, std::span<const std::string> candidates);

// "'word'"
[[nodiscard]] std::string in_quotes(std::string_view word);

// "'a', 'b' or 'c'"
[[nodiscard]] std::string any_of_words(std::span<const std::string_view> words);

// "'a', 'b', 'c'"
[[nodiscard]] std::string quoted_list(std::span<const std::string> words);

// The names of a table's rows, in order. The views stay those of the table.
template <typename Rows>
[[nodiscard]] std::vector<std::string_view> names_in(const Rows& rows)
{
    std::vector<std::string_view> names;
    for (const auto& row : rows)
        names.push_back(row.name);
    return names;
}

}  // namespace outis::sandbox
