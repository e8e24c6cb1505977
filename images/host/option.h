// An option of a command, or a word that stands alone, as one row: its name, the field it fills,
// and what people read about it. Command lines, help, completion and outis.toml are made from rows.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace outis::images::host {

// A list takes one value each time its option is given, or all words that stand alone; a switch
// takes none. The row does not own its field.
using Field =
    std::variant<std::string*, std::optional<std::string>*, std::vector<std::string>*, bool*>;

// Which part of the value is a path on this machine.
enum class PathKind : std::uint8_t {
    none,
    output,        // relative to the working directory, even in outis.toml
    file,          // a file or a directory
    source,        // SRC of SRC:DST
    image,         // an image's place, if it is a file or a directory
    profile,       // a profile's file; shipped names are no paths
    certificates,  // a PEM file; pinned, host and none are no paths
};

struct Option {
    std::string names;  // "-o,--output", or "IMAGE"; a word in brackets may be left out: "[PATH]"
    Field field;
    std::string value = {};  // what it takes, as people read it: "NAME[:TAG]"; empty for a switch
    std::string help = {};
    std::string default_value = {};  // as people read it; empty if there is nothing to say
    PathKind path = PathKind::none;
    std::string environment = {};  // the variable that counts if the option is not given
    std::string excludes = {};     // long name of an option that contradicts this one
    std::string group = {};        // heading in the help; empty: that of all options
    bool hidden = false;           // known to be refused with a reason: nothing shows or offers it
};

// False for a word that stands alone.
bool is_flag(const Option& option);

// "output" of "-o,--output"; "PATH" of "[PATH]".
std::string long_name(const Option& option);

bool is_repeatable(const Option& option);

// A list of NAME=VALUE, in which a later value replaces an earlier one of the same name.
bool is_map(const Option& option);

// The field's values as words: one empty word for a switch that is on, nothing for an empty field.
std::vector<std::string> given_values(const Option& option);

}  // namespace outis::images::host
