// A program's commands and options as data, and the parser of its command line.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "host/option.h"
#include "outis/error.h"

namespace outis::images::commands {

using Words = std::span<const std::string>;

struct Command {
    std::string name;
    std::string help;
    std::vector<host::Option> options = {};  // words that stand alone come in this order
    std::vector<Command> commands = {};      // one of them must follow
    // The words that may follow '--': "[-- ARGUMENT...]", or "-- PROGRAM..." if one must follow.
    std::string rest = {};
    std::string epilogue = {};  // what its help ends with
    // Refuses words that contradict each other, once the fields are filled. `rest` follows '--'.
    std::function<Result<Done, Error>(Words rest)> check = {};
    // Does it, and answers the exit code. For a command that has commands: if an option was given.
    std::function<Result<int, Error>(Words rest)> run = {};
};

// What a command line asks for: a text to print, or else a command to run.
struct Call {
    std::string text = {};
    const Command* command = nullptr;  // in the program that was parsed
    std::vector<std::string> rest = {};
};

// `words` without the program's name. Fills the fields of the command that is called; what follows
// the first '--' is its rest.
Result<Call, Error> parse_command_line(const Command& program, Words words);

}  // namespace outis::images::commands
