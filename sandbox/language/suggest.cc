#include "outis/sandbox/suggest.h"

#include <algorithm>

namespace outis::sandbox {
namespace {

constexpr std::size_t kMaxLetters = 64;

// Levenshtein distance in which swapping two neighbours counts as one step.
std::size_t distance(std::string_view left, std::string_view right)
{
    std::vector<std::size_t> before_last(right.size() + 1);
    std::vector<std::size_t> last(right.size() + 1);
    std::vector<std::size_t> row(right.size() + 1);
    for (std::size_t j = 0; j <= right.size(); ++j)
        row[j] = j;
    for (std::size_t i = 1; i <= left.size(); ++i) {
        before_last = last;
        last = row;
        row[0] = i;
        for (std::size_t j = 1; j <= right.size(); ++j) {
            const std::size_t differs = left[i - 1] == right[j - 1] ? 0 : 1;
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + differs});
            const bool swapped =
                i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1];
            if (swapped)
                row[j] = std::min(row[j], before_last[j - 2] + 1);
        }
    }
    return row.back();
}

template <typename Word>
std::string_view nearest_of(std::string_view word, std::span<const Word> candidates)
{
    word = word.substr(0, kMaxLetters);
    std::size_t least = std::max<std::size_t>(word.size() / 3, 1) + 1;
    std::string_view nearest;
    for (const std::string_view candidate : candidates) {
        const std::size_t steps = distance(word, candidate.substr(0, kMaxLetters));
        if (steps < least) {
            least = steps;
            nearest = candidate;
        }
    }
    return nearest;
}

std::string question(std::string_view lead, std::string_view nearest)
{
    return nearest.empty() ? "" : std::string(lead) + "did you mean " + in_quotes(nearest) + "?";
}

}  // namespace

std::string did_you_mean(std::string_view word, std::span<const std::string_view> candidates)
{
    return question("; ", nearest_of(word, candidates));
}

std::string did_you_mean(std::string_view word, std::span<const std::string> candidates)
{
    return question("; ", nearest_of(word, candidates));
}

std::string hint_at(std::string_view word, std::span<const std::string_view> candidates)
{
    return question("", nearest_of(word, candidates));
}

std::string hint_at(std::string_view word, std::span<const std::string> candidates)
{
    return question("", nearest_of(word, candidates));
}

std::string in_quotes(std::string_view word)
{
    std::string text;
    text.reserve(word.size() + 2);
    return text.append(1, '\'').append(word).append(1, '\'');
}

std::string any_of_words(std::span<const std::string_view> words)
{
    std::string text;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (i > 0)
            text += i + 1 == words.size() ? " or " : ", ";
        text += in_quotes(words[i]);
    }
    return text;
}

std::string quoted_list(std::span<const std::string> words)
{
    std::string text;
    for (const std::string& word : words)
        text += (text.empty() ? "" : ", ") + in_quotes(word);
    return text;
}

}  // namespace outis::sandbox
