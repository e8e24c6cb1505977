// Runs another program and collects what it says.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "outis/error.h"

namespace outis::images::host {

struct ChildRequest {
    std::vector<std::string> arguments = {};              // the program, looked up in PATH, first
    std::filesystem::path folder = {};                    // where it runs; empty: here
    std::map<std::string, std::string> environment = {};  // replaces ours by name; the rest is kept
    std::string input = {};                               // what it reads; at most 4096 bytes
};

struct ChildAnswer {
    int exit_code = 0;  // 128 + N if signal N ended it
    std::string output = {};
    std::string messages = {};  // stderr; of both at most 1 MiB is kept
};

// A program that cannot be started is Blame::environment; a failing one is an answer. An
// interruption ends it first, and then this with an error.
Result<ChildAnswer, Error> run_child(const ChildRequest& request);

}  // namespace outis::images::host
