// .dockerignore: what of a folder is not taken. Source: Docker's "Build context",
// ".dockerignore files": '#' comments, '!' exceptions, '*', '?', '[a-z]' within a name, '**' over
// names; letters are those of UTF-8; the last pattern that matches a path, or a folder above it,
// decides.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "outis/error.h"

namespace outis::images::content {

class IgnoreList {
public:
    // Takes all and ignores nothing.
    IgnoreList() = default;

    // A malformed pattern is an error that names its line in `name`.
    static Result<IgnoreList, Error> parse(std::string_view text,
                                           const std::string& name = ".dockerignore");

    // `path` is relative to the context's folder: "vendor/a.go".
    [[nodiscard]] bool ignores(std::string_view path) const;
    // Whether something in an ignored folder may be sent after all.
    [[nodiscard]] bool has_exceptions() const;

private:
    enum class Kind : unsigned char {
        letter,   // this one
        any,      // one but '/'
        run,      // any number but '/'
        names,    // "**/": nothing, or whatever ends with '/'
        all,      // "**" at the end
        letters,  // one of a set
    };

    struct Step {
        Kind kind = Kind::letter;
        char32_t letter = 0;
        bool inverted = false;
        std::vector<std::pair<char32_t, char32_t>> ranges = {};
    };

    struct Pattern {
        std::vector<Step> steps = {};
        bool exception = false;
    };

    static Result<Pattern, Error> parse_pattern(std::string_view text);
    static Result<Step, Error> parse_set(std::u32string_view& rest);
    static bool takes(const Step& step, char32_t letter);
    static bool matches(const Pattern& pattern, std::u32string_view path);

    std::vector<Pattern> patterns_;
};

}  // namespace outis::images::content
