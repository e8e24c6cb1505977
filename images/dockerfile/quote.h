// Words as a Dockerfile, and the shells in it, take them. Sources: Docker's "Dockerfile reference"
// ("Environment replacement", "Exec form"); POSIX.1-2017, Shell Command Language, 2.2.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "outis/error.h"

namespace outis::images::dockerfile {

// `text` as one value of ENV or LABEL, in quotes, with nothing replaced in it.
std::string dockerfile_value(std::string_view text);

// `words` in the form that no shell reads: ["/app", "-v"].
std::string exec_form(std::span<const std::string> words);

// Whether `word` means itself wherever it stands: in shells, Dockerfiles and comments.
bool is_plain(std::string_view word);

// Any other path is bad input.
Result<Done, Error> require_plain(const std::string& path);

// `word` for a shell, quoted where it must be.
std::string shell_word(std::string_view word);

}  // namespace outis::images::dockerfile
