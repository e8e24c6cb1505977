// Bakes, and what commands that make an image print about it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "commands/shared.h"
#include "outis/images/build.h"
#include "outis/images/progress.h"

namespace outis::images::commands {

// Makes what the options ask for, an image or programs alone, and reports it. Answers the exit
// code.
Result<int, Error> bake_and_report(const bake::BakeOptions& options, const Verbosity& verbosity);

// Shows steps to somebody who waits at a terminal.
Progress progress_for(const Verbosity& verbosity);

// Prints a note, unless only errors shall be seen.
std::function<void(const std::string&)> notes_for(const Verbosity& verbosity);

// Prints notes, then the summary or JSON. Answers the exit code.
int report_image(const bake::Baked& baked, bake::Product product, const Verbosity& verbosity);

// True if standard output has an image, so that nothing else may be printed there.
bool writes_to_stdout(const std::vector<std::string>& outputs);

}  // namespace outis::images::commands
