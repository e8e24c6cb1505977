// Which files of a root a program needs, by letting it run once.
#pragma once

#include <string>
#include <vector>

#include "host/root.h"
#include "outis/error.h"
#include "programs/process.h"

namespace outis::images::programs {

struct TracedPaths {
    std::vector<std::string> opened = {};  // paths in the root that belong into the image
    std::vector<std::string> notes = {};
};

// Runs `command` in the root, words between blanks or in quotes. What lies in places that a
// container has its own of (/proc, /tmp, /run …) is left out, the programs' own files too; on this
// machine itself all that lies outside of the system's folders. A command that fails is an error.
Result<TracedPaths, Error> trace_command(const host::Root& root, const std::string& command,
                                         const std::string& locale,
                                         const std::vector<ClosureProgram>& programs);

// The words of a command line: 'single' and "double" quotes keep blanks, a '\' the next character.
Result<std::vector<std::string>, Error> command_words(const std::string& command);

}  // namespace outis::images::programs
