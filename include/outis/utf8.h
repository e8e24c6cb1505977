// Foreign bytes as text: UTF-8 (RFC 3629), and what of it may reach a terminal. Hosted programs
// only.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

namespace outis {

struct Character {
    char32_t code = 0;
    std::size_t bytes = 0;  // 0: the text does not begin with a character
};

// The first character of a text. Overlong forms, surrogates and values above U+10FFFF are none.
[[nodiscard]] constexpr Character first_character(std::string_view text) noexcept
{
    const auto byte = [&](std::size_t at) -> unsigned {
        return at < text.size() ? static_cast<unsigned char>(text[at]) : 0;
    };
    const unsigned first = byte(0);
    if (text.empty() || (first >= 0x80 && first < 0xC2) || first >= 0xF5)
        return {};
    if (first < 0x80)
        return {.code = first, .bytes = 1};
    const std::size_t length = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    char32_t code = first & (0x7FU >> length);
    for (std::size_t at = 1; at < length; ++at) {
        if ((byte(at) & 0xC0) != 0x80)
            return {};
        code = code << 6 | (byte(at) & 0x3F);
    }
    constexpr std::array<char32_t, 5> kSmallest{0, 0, 0x80, 0x800, 0x10000};
    if (code < kSmallest[length] || (code >= 0xD800 && code < 0xE000) || code > 0x10FFFF)
        return {};
    return {.code = code, .bytes = length};
}

[[nodiscard]] constexpr bool is_utf8(std::string_view text) noexcept
{
    while (!text.empty()) {
        const Character character = first_character(text);
        if (character.bytes == 0)
            return false;
        text.remove_prefix(character.bytes);
    }
    return true;
}

// True for what moves a cursor, breaks a line, reorders what is read or is not seen: controls (C0,
// DEL, C1), line and paragraph separators, bidirectional marks and overrides (UAX #9), tags.
[[nodiscard]] constexpr bool steers(char32_t code) noexcept
{
    struct Span {
        char32_t first;
        char32_t last;
    };

    constexpr std::array kSpans{
        Span{0x00, 0x1F},     Span{0x7F, 0x9F},     Span{0x061C, 0x061C},
        Span{0x200E, 0x200F}, Span{0x2028, 0x202E}, Span{0x2060, 0x206F},
        Span{0xFEFF, 0xFEFF}, Span{0xFFF9, 0xFFFB}, Span{0xE0000, 0xE007F},
    };
    for (const Span& span : kSpans) {
        if (code >= span.first && code <= span.last)
            return true;
    }
    return false;
}

// The bytes of such characters, and those that belong to no character, as \OOO in octal digits.
[[nodiscard]] inline std::string printable(std::string_view text)
{
    std::string shown;
    while (!text.empty()) {
        const Character character = first_character(text);
        const std::size_t bytes = character.bytes == 0 ? 1 : character.bytes;
        if (character.bytes != 0 && !steers(character.code)) {
            shown += text.substr(0, bytes);
        } else {
            for (const char byte : text.substr(0, bytes)) {
                std::array<char, 5> octal{};
                std::snprintf(octal.data(), octal.size(), "\\%03o",
                              static_cast<unsigned>(static_cast<unsigned char>(byte)));
                shown += octal.data();
            }
        }
        text.remove_prefix(bytes);
    }
    return shown;
}

// The lines of another program's output, each printable and ended, a tab as blanks; empty ones are
// left out.
[[nodiscard]] inline std::string printable_lines(std::string_view text)
{
    std::string lines;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        std::string_view line = text.substr(0, end);
        for (std::size_t tab = line.find('\t'); tab != line.npos; tab = line.find('\t')) {
            lines += printable(line.substr(0, tab)) + "    ";
            line.remove_prefix(tab + 1);
        }
        if (end != 0)
            lines += printable(line) + "\n";
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return lines;
}

}  // namespace outis
