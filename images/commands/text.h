// How profile commands write what they found.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include "outis/base/policy_layout.h"
#include "outis/sandbox/diagnostic.h"

namespace outis::images::commands {

// On stdout.
void print(const std::string& text);
void print(const boost::json::value& value);

// On stderr.
void complain(const sandbox::Diagnostics& found);

// One line each on stderr, "outis: " and `what` before them.
void complain(std::string_view what, const std::vector<std::string>& clauses);

// Those that are about `arch`.
sandbox::Diagnostics about(policy::Arch arch, sandbox::Diagnostics notes);

// A list of { column, file, hint, line, message, name, severity }; `name` only of warnings.
boost::json::array diagnostics_json(const sandbox::Diagnostics& diagnostics);

boost::json::array words_json(const std::vector<std::string>& words);

// Lines of words, each after `indent` blanks.
std::string wrapped(const std::vector<std::string>& words, std::size_t indent);

// "name    text", the text beginning at `column`, its further lines too.
std::string row(std::string_view name, const std::string& text, std::size_t column);

}  // namespace outis::images::commands
