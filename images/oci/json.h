// JSON with one form for one value: keys sorted bytewise, no white space, nothing escaped but what
// must be (RFC 8785, but for fractions, which only foreign documents have). Text is expected to be
// UTF-8.
#pragma once

#include <string>
#include <string_view>

#include <boost/json/value.hpp>

#include "outis/error.h"

namespace outis::images::oci {

std::string canonical_json(const boost::json::value& value);

// Bad UTF-8, text after the end, and nesting deeper than 32 are errors. Of duplicate names the last
// one counts: whoever must refuse them compares with canonical_json().
Result<boost::json::value, Error> parse_json(std::string_view text, const std::string& name);

}  // namespace outis::images::oci
