// Runs a program once and says which files it, and whom it started, opened to read or executed.
// By ptrace(2), on the machine's own system calls; a program that is traced runs slower, and one of
// another architecture is not looked into.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "outis/error.h"

namespace outis::images::host {

struct TraceRequest {
    std::vector<std::string> arguments = {};    // the program first; without '/' looked up in PATH
    std::filesystem::path root = "/";           // in another one it runs as nobody, see own_root.h
    std::vector<std::string> environment = {};  // NAME=VALUE, all there is
    std::chrono::seconds limit{10};             // then it is asked to end (TERM)
};

struct Traced {
    std::vector<std::string> opened = {};  // absolute paths in the root, as they were asked for
    int exit_code = 0;                     // 128 + N if signal N ended it
    bool cut_short = false;                // the program itself, by the limit
    bool bare_root = false;  // it had neither /proc nor devices, which was not allowed
};

// What the program prints goes to our stderr. A program that cannot be started, or no right to
// trace it, is Blame::environment; an interruption ends it first, and then this with an error.
Result<Traced, Error> trace_opens(const TraceRequest& request);

}  // namespace outis::images::host
