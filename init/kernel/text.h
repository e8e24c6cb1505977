// Reading small texts without a libc: numbers, times, names. All are pure and work at compile time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

namespace outis::init {

// Decimal digits alone, at most `most`; nothing else, not even a sign or a blank.
constexpr std::optional<std::uint64_t> parse_number(std::string_view text,
                                                    std::uint64_t most) noexcept
{
    if (text.empty())
        return std::nullopt;
    std::uint64_t value = 0;
    for (const char c : text) {
        if (c < '0' || c > '9')
            return std::nullopt;
        const auto digit = static_cast<std::uint64_t>(c - '0');
        if (value > (std::numeric_limits<std::uint64_t>::max() - digit) / 10)
            return std::nullopt;
        value = value * 10 + digit;
    }
    return value <= most ? std::optional(value) : std::nullopt;
}

// A number in decimal digits, for as long as this lives.
class Digits {
public:
    constexpr explicit Digits(std::int64_t number) noexcept
    {
        const bool negative = number < 0;
        auto rest = static_cast<std::uint64_t>(number);
        if (negative)
            rest = 0 - rest;
        do {
            text_[--first_] = static_cast<char>('0' + rest % 10);
            rest /= 10;
        } while (rest != 0);
        if (negative)
            text_[--first_] = '-';
    }

    constexpr std::string_view text() const noexcept
    {
        return {text_ + first_, sizeof text_ - first_};
    }

private:
    char text_[20]{};  // "-9223372036854775808"
    std::size_t first_ = sizeof text_;
};

constexpr char upper(char c) noexcept
{
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

// `upper_case` is written in upper case.
constexpr bool starts_with_any_case(std::string_view text, std::string_view upper_case) noexcept
{
    if (text.size() < upper_case.size())
        return false;
    for (std::size_t i = 0; i < upper_case.size(); ++i) {
        if (upper(text[i]) != upper_case[i])
            return false;
    }
    return true;
}

constexpr bool equal_any_case(std::string_view text, std::string_view upper_case) noexcept
{
    return text.size() == upper_case.size() && starts_with_any_case(text, upper_case);
}

// Splits at the first `separator`: what stands before it, and the rest without it. Without a
// separator the rest has a null data().
struct Split {
    std::string_view before;
    std::string_view after;
    bool found = false;
};

constexpr Split split(std::string_view text, char separator) noexcept
{
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == separator) {
            return Split{
                .before = std::string_view(text.data(), i),
                .after = std::string_view(text.data() + i + 1, text.size() - i - 1),
                .found = true,
            };
        }
    }
    return Split{.before = text, .after = {}, .found = false};
}

constexpr std::uint64_t kLongestTime = 7 * 24 * 3600 * 1000ULL;  // a week, in milliseconds

// "500ms", "5s", "2m", "1h30m" or bare seconds, in milliseconds; at most a week.
constexpr std::optional<std::uint32_t> parse_time(std::string_view text) noexcept
{
    if (const auto seconds = parse_number(text, kLongestTime / 1000))
        return static_cast<std::uint32_t>(*seconds * 1000);

    struct Unit {
        std::string_view name;
        std::uint64_t milliseconds;
    };

    // Units may only grow smaller: "1h30m", never "30m1h".
    constexpr Unit kUnits[]{{"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}};
    std::uint64_t total = 0;
    std::size_t unit = 0;
    bool any = false;
    while (!text.empty()) {
        std::size_t digits = 0;
        while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9')
            ++digits;
        std::size_t letters = digits;
        while (letters < text.size() && text[letters] >= 'a' && text[letters] <= 'z')
            ++letters;
        const auto value = parse_number(std::string_view(text.data(), digits), kLongestTime);
        const std::string_view name(text.data() + digits, letters - digits);
        while (unit < 4 && kUnits[unit].name != name)
            ++unit;
        if (!value || unit == 4)
            return std::nullopt;
        total += *value * kUnits[unit].milliseconds;
        if (total > kLongestTime)
            return std::nullopt;
        ++unit;
        any = true;
        text.remove_prefix(letters);
    }
    return any ? std::optional(static_cast<std::uint32_t>(total)) : std::nullopt;
}

static_assert(parse_time("1h30m") == 5'400'000U && parse_time("500ms") == 500U &&
              parse_time("5") == 5000U && !parse_time("30m1h") && !parse_time("5x"));

}  // namespace outis::init
