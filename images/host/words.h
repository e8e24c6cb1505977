// Words of the user: taken apart, and from the environment.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace outis::images::host {

// "a,b" as "a" and "b"; nothing for an empty text.
std::vector<std::string> split_commas(std::string_view text);

// The words between blanks, as Go splits -ldflags: a word that begins with ' or " ends at the next
// one, and holds what lies between them.
std::vector<std::string> split_quoted(std::string_view text);

// Takes the part of `text` before the first `end`, and both off `text`; all of it without `end`.
std::string_view take_until(std::string_view& text, char end);

// The words with `between` between them.
std::string joined(const std::vector<std::string>& words, std::string_view between);

// Of TCP: 1 to 65535, as a number.
bool is_port(std::string_view text);

// Of the environment; empty if it is not set.
std::string variable(const char* name);

// The last part of a path of the host.
std::string base_name_of(std::string_view path);

}  // namespace outis::images::host
