// The options that say how an image runs, as its configuration holds them.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "oci/config.h"
#include "outis/error.h"
#include "outis/images/build.h"

namespace outis::images::bake {

// Everything but the user, which needs the policy. Text must be UTF-8.
Result<oci::RunConfig, Error> parse_run_words(const BakeOptions& options);

// NAME=VALUE words; `what` is for messages, "label". A name given twice keeps its last value.
Result<std::map<std::string, std::string>, Error> parse_pairs(const std::vector<std::string>& words,
                                                              const std::string& what);

// "1.5s", "500ms", "2m", "1h", "1m30s" in nanoseconds.
Result<std::int64_t, Error> parse_time(const std::string& text);

// "TERM", "SIGTERM" or "15", as the image shall name it: "SIGTERM".
Result<std::string, Error> parse_stop_signal(const std::string& text);

// What PID 1 shall start: a word, or the words of a JSON array; nothing if the option is not given.
Result<std::vector<std::string>, Error> parse_entrypoint(const BakeOptions& options);

}  // namespace outis::images::bake
