#include "outis/sandbox/suggest.h"

#include <doctest/doctest.h>

using namespace outis::sandbox;

TEST_CASE("a mistyped word gets the nearest known word as a suggestion")
{
    const std::vector<std::string> names{"baseline", "go", "none", "service", "worker"};
    const std::vector<std::string_view> views(names.begin(), names.end());

    struct Case {
        std::string word;
        std::string found;
    };

    const Case cases[] = {
        {"basline", "baseline"},
        {"baselien", "baseline"},
        {"og", "go"},
        {"none", "none"},
        {"servcie", "service"},
        {"xyzzy", ""},
        {"", ""},
        {std::string(100, 'x'), ""},
    };
    for (const Case& c : cases) {
        CAPTURE(c.word);
        const std::string question = c.found.empty() ? "" : "did you mean '" + c.found + "'?";
        CHECK(hint_at(c.word, names) == question);
        CHECK(hint_at(c.word, views) == question);
        const std::string behind = question.empty() ? "" : "; " + question;
        CHECK(did_you_mean(c.word, names) == behind);
        CHECK(did_you_mean(c.word, views) == behind);
    }
}

TEST_CASE("words of a message are quoted and listed")
{
    const std::vector<std::string_view> views{"a", "b", "c"};
    CHECK(in_quotes("a") == "'a'");
    CHECK(any_of_words(views) == "'a', 'b' or 'c'");
    CHECK(any_of_words({}).empty());
    const std::vector<std::string> words{"a", "b", "c"};
    CHECK(quoted_list(words) == "'a', 'b', 'c'");
}
