// What a daemon answers to a load: JSON values, a line each, which may tell of an error although
// the status says that all is well. Source: Docker's Engine API 1.41, "ImageLoad".
#pragma once

#include <string>
#include <string_view>

#include "outis/base/bytes.h"
#include "outis/error.h"

namespace outis::images {

constexpr std::size_t kMaxAnswerLine = 64U << 10;
constexpr std::size_t kMaxDaemonWords = 300;  // of an error, for a message of ours

// {"message": …} as daemons say what is wrong; the whole text if it is no JSON. One line.
std::string daemon_words(std::string_view text);

class LoadAnswer {
public:
    // Lines longer than the limit are an error.
    Result<Done, Error> take(Bytes bytes);

    // What went wrong, or "". After the last byte.
    std::string finish();

private:
    void look_at_line();

    std::string line_;
    std::string error_;
};

}  // namespace outis::images
