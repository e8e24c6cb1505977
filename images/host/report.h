// How commands speak to people.
#pragma once

#include <cstdio>
#include <string>

#include "outis/error.h"

namespace outis::images::host {

// Prints "outis: ..." on stderr, printable, and the details, if there is a text, and answers the
// exit code: 2 for bad input, 3 for what is absent.
int report(const Error& error);

// Prints "outis: note: ..." on stderr, printable.
void print_note(const std::string& text);

// On a terminal that shows colours, unless NO_COLOR is set (https://no-color.org).
bool colours_on(std::FILE* stream);

}  // namespace outis::images::host
