// How commands speak to people.
#pragma once

#include <cstdio>
#include <exception>
#include <string>

#include "outis/error.h"

namespace outis::images::host {

// Prints "outis: ..." on stderr, printable, and the details, if there is a text, and answers the
// exit code: 2 for bad input, 3 for what is absent.
int report(const Error& error);

// Of what the libraries throw: memory has run out.
std::string words_of(const std::exception& error);

// From now on a file that becomes shorter while it is mapped ends the program with one line and
// code 3, and one that would become larger than RLIMIT_FSIZE is an error like a full disk. What is
// written without a name goes with the program. Once, at the start; exec() takes it back.
void expect_trouble_of_files();

// Prints "outis: note: ..." on stderr, printable.
void print_note(const std::string& text);

// On a terminal that shows colours, unless NO_COLOR is set (https://no-color.org).
bool colours_on(std::FILE* stream);

}  // namespace outis::images::host
