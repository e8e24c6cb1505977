// What a daemon answers to a load or a build: JSON values, a line each, which may tell of an error
// although the status says that all is well. Source: Docker's Engine API 1.41, "ImageLoad",
// "ImageBuild".
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "outis/base/bytes.h"
#include "outis/error.h"

namespace outis::images::places {

constexpr std::size_t kMaxAnswerLine = 1U << 20;  // of a build: 32 KiB of output, escaped
constexpr std::size_t kMaxDaemonWords = 300;      // of an error, for a message of ours

// {"message": …} as daemons say what is wrong; the whole text if it is no JSON. One line.
std::string daemon_words(std::string_view text);

class DaemonAnswer {
public:
    // What the steps of a build print goes to `tell`, as it comes.
    using Tell = std::function<void(std::string_view)>;

    explicit DaemonAnswer(Tell tell = {}) : tell_(std::move(tell)) {}

    // Lines longer than the limit are an error.
    Result<Done, Error> take(Bytes bytes);

    // What went wrong, or "". After the last byte.
    std::string finish();

private:
    void look_at_line();

    Tell tell_;
    std::string line_;
    std::string error_;
};

}  // namespace outis::images::places
