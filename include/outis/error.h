// Why one of the tools could not do its work: one clause in lower case without a full stop, names
// in 'single quotes', the remedy last. Hosted programs only; PID 1 has init::Fault.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "outis/base/result.h"

namespace outis {

// Decides the exit code of `outis`.
enum class Blame {
    input,        // 2: wrong usage or bad input
    environment,  // 3: something needed is absent or refused: a compiler, a daemon, the disk
};

struct Error {
    std::string text;  // may hold foreign bytes
    Blame blame = Blame::input;
    std::string details = {};  // printable lines that follow, each with its end
};

// Adds what was being done, once a layer: "packing layer 'app': cannot read 'x': …".
inline Failure<Error> during(std::string_view action, Failure<Error> failure)
{
    failure.error.text.insert(0, std::string(action) + ": ");
    return failure;
}

inline Failure<Error> bad_input(std::string text)
{
    return Failure{Error{.text = std::move(text), .blame = Blame::input}};
}

inline Failure<Error> unavailable(std::string text)
{
    return Failure{Error{.text = std::move(text), .blame = Blame::environment}};
}

}  // namespace outis
