// How the parts of an image are written for people.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "layers/tar.h"

namespace outis::images::browse {

// "512 B", "76.3 kB", "7.01 MB", in powers of ten as registries count.
std::string size_text(std::uint64_t bytes);

// "drwxr-xr-x", as ls(1) writes it.
std::string mode_text(const layers::TarEntry& entry);

// Words as a shell would read them again: those with blanks or quotes in single quotes.
std::string command_text(const std::vector<std::string>& words);

enum class Colour : std::uint8_t { plain, red, green, yellow };

// `text` between the terminal's marks if `coloured`.
std::string painted(const std::string& text, Colour colour, bool coloured);

}  // namespace outis::images::browse
