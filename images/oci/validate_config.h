// The part of an image's configuration that says how to run it, asked rule by rule.
// Source: OCI image specification 1.1, config.md and annotations.md; for Healthcheck Docker's.
#pragma once

#include <string>
#include <vector>

#include <boost/json/value.hpp>

namespace outis::images {

// What is wrong with `configuration`, the whole document, one clause each.
std::vector<std::string> run_problems(const boost::json::value& configuration);

// What is wrong with a map of labels or annotations; nothing is wrong with none. `what` is for
// messages: "a label".
std::vector<std::string> annotation_problems(const boost::json::value* map,
                                             const std::string& what);

}  // namespace outis::images
