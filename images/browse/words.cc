#include "browse/words.h"

#include <array>
#include <cstdio>
#include <string_view>

namespace outis::images::browse {

namespace {

char kind_letter(layers::EntryKind kind)
{
    switch (kind) {
    case layers::EntryKind::file:
    case layers::EntryKind::hardlink: return '-';
    case layers::EntryKind::directory: return 'd';
    case layers::EntryKind::symlink: return 'l';
    case layers::EntryKind::special: return 's';
    }
    __builtin_trap();
}

struct SpecialBit {
    std::uint32_t bit;
    std::size_t place;  // in "-rwxrwxrwx"
    char with_execute, without;
};

constexpr std::array kSpecialBits{SpecialBit{04000, 3, 's', 'S'}, SpecialBit{02000, 6, 's', 'S'},
                                  SpecialBit{01000, 9, 't', 'T'}};

}  // namespace

std::string size_text(std::uint64_t bytes)
{
    if (bytes < 1000)
        return std::to_string(bytes) + " B";
    std::array<char, 32> text{};
    const auto value = static_cast<double>(bytes);
    if (value < 1e6)
        std::snprintf(text.data(), text.size(), "%.1f kB", value / 1e3);
    else if (value < 1e9)
        std::snprintf(text.data(), text.size(), "%.2f MB", value / 1e6);
    else
        std::snprintf(text.data(), text.size(), "%.2f GB", value / 1e9);
    return text.data();
}

std::string mode_text(const layers::TarEntry& entry)
{
    std::string text(1, kind_letter(entry.kind));
    for (int bit = 8; bit >= 0; --bit)
        text += (entry.mode >> bit & 1) != 0 ? "rwx"[(8 - bit) % 3] : '-';
    for (const SpecialBit& special : kSpecialBits) {
        if ((entry.mode & special.bit) != 0)
            text[special.place] =
                text[special.place] == 'x' ? special.with_execute : special.without;
    }
    return text;
}

std::string command_text(const std::vector<std::string>& words)
{
    std::string text;
    for (const std::string& word : words) {
        const bool plain = !word.empty() &&
                           word.find_first_of(" \t\n'\"\\$`&|;<>()*?[]#~!{}") == std::string::npos;
        std::string quoted = "'";
        for (const char c : word)
            quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
        text += (text.empty() ? "" : " ") + (plain ? word : quoted + "'");
    }
    return text;
}

std::string painted(const std::string& text, Colour colour, bool coloured)
{
    if (!coloured || colour == Colour::plain)
        return text;
    const char* const code = colour == Colour::red ? "31" : colour == Colour::green ? "32" : "33";
    return "\x1B[" + std::string(code) + "m" + text + "\x1B[0m";
}

}  // namespace outis::images::browse
