#include "content/ignore.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "oci/json.h"
#include "outis/utf8.h"

namespace outis::images::content {

namespace {

constexpr std::size_t kMaxPatterns = 10'000;
constexpr std::size_t kMaxPattern = 4096;

std::string_view trimmed(std::string_view line)
{
    constexpr std::string_view kBlanks = " \t\r";
    const std::size_t first = line.find_first_not_of(kBlanks);
    if (first == std::string_view::npos)
        return {};
    return line.substr(first, line.find_last_not_of(kBlanks) - first + 1);
}

// As Go's filepath.Clean, without the '/' in front or behind.
std::string cleaned(std::string_view text)
{
    std::string path = std::filesystem::path(text).lexically_normal().string();
    while (path.size() > 1 && path.ends_with('/'))
        path.pop_back();
    return path.starts_with('/') ? path.substr(1) : path;
}

// The first character of `text`, which is not empty. A byte that is no UTF-8 is a letter of its
// own, beyond those of Unicode.
char32_t take_letter(std::string_view& text)
{
    constexpr char32_t kNoLetter = 0x110000;
    const auto first = static_cast<unsigned char>(text.front());
    std::size_t size = 1;
    if (first >= 0xC2 && first <= 0xF4)
        size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    char32_t letter = size == 1 ? first : first & (0x7FU >> size);
    if (!is_utf8(text.substr(0, size))) {
        size = 1;
        letter = kNoLetter + first;
    }
    for (std::size_t i = 1; i < size; ++i)
        letter = letter << 6 | (static_cast<unsigned char>(text[i]) & 0x3FU);
    text.remove_prefix(size);
    return letter;
}

std::u32string letters_of(std::string_view text)
{
    std::u32string letters;
    while (!text.empty())
        letters += take_letter(text);
    return letters;
}

}  // namespace

Result<IgnoreList, Error> IgnoreList::parse(std::string_view text, const std::string& name)
{
    constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
    if (text.starts_with(kByteOrderMark))
        text.remove_prefix(kByteOrderMark.size());
    IgnoreList list;
    for (std::size_t number = 1; !text.empty(); ++number) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        const std::string_view words = trimmed(line);
        if (line.starts_with('#') || words.empty())
            continue;
        Result<Pattern, Error> pattern = parse_pattern(words);
        if (!pattern)
            return bad_input(name + ":" + std::to_string(number) + ": " + pattern.error().text);
        if (!pattern.value().steps.empty())
            list.patterns_.push_back(pattern.take());
        if (list.patterns_.size() > kMaxPatterns)
            return bad_input(".dockerignore has more than 10000 patterns");
    }
    return list;
}

Result<IgnoreList::Pattern, Error> IgnoreList::parse_pattern(std::string_view text)
{
    Pattern pattern;
    if (text.starts_with('!')) {
        pattern.exception = true;
        text = trimmed(text.substr(1));
    }
    if (text.empty() || text.size() > kMaxPattern)
        return bad_input("a pattern has from 1 to 4096 bytes");
    const std::string clean = cleaned(text);
    const std::u32string letters = letters_of(clean == "." ? std::string_view() : clean);
    std::u32string_view rest = letters;
    while (!rest.empty()) {
        const char32_t letter = rest.front();
        rest.remove_prefix(1);
        if (letter == '*' && rest.starts_with(U'*')) {
            rest.remove_prefix(1);
            if (rest.starts_with(U'/'))
                rest.remove_prefix(1);
            pattern.steps.push_back({.kind = rest.empty() ? Kind::all : Kind::names});
        } else if (letter == '*') {
            pattern.steps.push_back({.kind = Kind::run});
        } else if (letter == '?') {
            pattern.steps.push_back({.kind = Kind::any});
        } else if (letter == '[') {
            pattern.steps.push_back(OUTIS_TRY(parse_set(rest)));
        } else if (letter == '\\' && !rest.empty()) {
            pattern.steps.push_back({.letter = rest.front()});
            rest.remove_prefix(1);
        } else {
            pattern.steps.push_back({.letter = letter});
        }
    }
    return pattern;
}

Result<IgnoreList::Step, Error> IgnoreList::parse_set(std::u32string_view& rest)
{
    Step step{.kind = Kind::letters};
    if (rest.starts_with(U'^')) {
        step.inverted = true;
        rest.remove_prefix(1);
    }
    const auto letter = [&] {
        if (rest.starts_with(U'\\'))
            rest.remove_prefix(1);
        const char32_t taken = rest.empty() ? U'\0' : rest.front();
        rest.remove_prefix(std::min<std::size_t>(1, rest.size()));
        return taken;
    };
    while (!rest.empty() && (!rest.starts_with(U']') || step.ranges.empty())) {
        const char32_t from = letter();
        char32_t to = from;
        if (rest.starts_with(U'-')) {
            rest.remove_prefix(1);
            to = letter();
        }
        step.ranges.emplace_back(from, to);
    }
    if (rest.empty())
        return bad_input("a '[' is not closed");
    rest.remove_prefix(1);
    return step;
}

bool IgnoreList::takes(const Step& step, char32_t letter)
{
    switch (step.kind) {
    case Kind::letter: return letter == step.letter;
    case Kind::any:
    case Kind::run: return letter != '/';
    case Kind::names:
    case Kind::all: return true;
    case Kind::letters: {
        const bool inside = std::ranges::any_of(step.ranges, [&](const auto& range) {
            return range.first <= letter && letter <= range.second;
        });
        return letter != '/' && inside != step.inverted;
    }
    }
    __builtin_trap();
}

// Of the path or a folder above it. The steps at which a match may stand, followed letter by
// letter, so that no pattern takes longer than its length times that of the path.
bool IgnoreList::matches(const Pattern& pattern, std::u32string_view path)
{
    const std::vector<Step>& steps = pattern.steps;
    std::vector<char> at(steps.size() + 1);
    std::vector<char> next(at.size());
    // Steps that may take nothing are passed at once.
    const auto stand = [&](std::vector<char>& places, std::size_t i) {
        places[i] = 1;
        while (i < steps.size() && (steps[i].kind == Kind::run || steps[i].kind == Kind::all ||
                                    steps[i].kind == Kind::names))
            places[++i] = 1;
    };
    // Within "**/": letters were taken, and a '/' has yet to come.
    std::vector<char> inside(at.size());
    std::vector<char> still(at.size());
    bool stands = true;
    stand(at, 0);
    for (std::size_t place = 0; place < path.size() && stands; ++place) {
        const char32_t letter = path[place];
        if (letter == '/' && at.back() != 0)
            return true;
        std::ranges::fill(next, char(0));
        std::ranges::fill(still, char(0));
        stands = false;
        for (std::size_t i = 0; i < steps.size(); ++i) {
            if (steps[i].kind == Kind::names && (at[i] != 0 || inside[i] != 0)) {
                stands = true;
                still[i] = 1;
                if (letter == '/')
                    stand(next, i + 1);
            } else if (at[i] != 0 && takes(steps[i], letter)) {
                stands = true;
                const bool stays = steps[i].kind == Kind::run || steps[i].kind == Kind::all;
                stand(next, stays ? i : i + 1);
            }
        }
        at.swap(next);
        inside.swap(still);
    }
    return at.back() != 0;
}

bool IgnoreList::has_exceptions() const
{
    return std::ranges::any_of(patterns_, &Pattern::exception);
}

bool IgnoreList::ignores(std::string_view text) const
{
    const std::u32string letters = letters_of(text);
    bool ignored = false;
    for (const Pattern& pattern : patterns_) {
        if (pattern.exception != ignored)
            continue;
        if (matches(pattern, letters))
            ignored = !pattern.exception;
    }
    return ignored;
}

}  // namespace outis::images::content
