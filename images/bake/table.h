// The options of `outis bake`, each a row: how it is written, what it means, which field it fills.
// The command line, the configuration file and the completion are made from this table.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "outis/images/build.h"

namespace outis::images::bake {

using OneWord = std::string BakeOptions::*;
using OptionalWord = std::optional<std::string> BakeOptions::*;
using Words = std::vector<std::string> BakeOptions::*;  // one for each time it is given
using Switch = bool BakeOptions::*;

// How provenance, which others read, tells of an option.
enum class Told : std::uint8_t {
    nothing,
    all,
    name,         // NAME of NAME=VALUE
    place,        // what follows the first ':', a place in the image
    file,         // the last part of a path
    unless_path,  // words that hold no absolute path
};

struct OptionRow {
    std::string_view group;
    std::string_view name;        // "tag"; on the command line with '--'
    std::string_view short_name;  // "t", or empty
    std::string_view value;       // what it takes, for people; empty for a switch
    std::string_view help;
    std::variant<OneWord, OptionalWord, Words, Switch> field;
    Told told = Told::nothing;
};

std::span<const OptionRow> bake_table();

// What was given to it, a word for each time; one empty word for a switch.
std::vector<std::string> given_words(const OptionRow& row, const BakeOptions& options);

}  // namespace outis::images::bake
