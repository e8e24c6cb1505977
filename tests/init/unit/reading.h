// Reads command lines and environments, and says what came of it as a text that a row can hold.
#pragma once

#include <string>
#include <vector>

#include "init/plan/plan.h"
#include "init/refusal.h"

namespace outis::tests {

using Words = std::vector<std::string>;

// Owns what a plan points into.
class Reading {
public:
    Reading(Words arguments, Words environment)
        : arguments_(std::move(arguments)),
          environment_(std::move(environment)),
          argv_(pointers(arguments_)),
          environ_(pointers(environment_)),
          read_(init::read_plan(argv_.data(), environ_.data()))
    {
    }

    // The plan's notable fields in a fixed order, or the refusal's line.
    std::string text() const;

    const init::Plan& plan() const { return read_.value(); }

private:
    static std::vector<char*> pointers(Words& words)
    {
        std::vector<char*> rows;
        for (std::string& word : words)
            rows.push_back(word.data());
        rows.push_back(nullptr);
        return rows;
    }

    Words arguments_;
    Words environment_;
    std::vector<char*> argv_;
    std::vector<char*> environ_;
    Result<init::Plan, init::Refusal> read_;
};

struct Case {
    std::string name;
    Words arguments;  // after the program's name
    Words environment;
    std::string want;
};

// Each row, read by `program`.
void check(const char* program, const std::vector<Case>& cases);

}  // namespace outis::tests
