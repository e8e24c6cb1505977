// An SPDX document asked by the rules of SPDX 2.3 that a bill of materials can break.
#pragma once

#include <string>

#include <boost/json/value.hpp>

namespace outis::images::testing {

// What is wrong, by clauses 6 to 11 of the specification and its schema, a line each.
std::string spdx_problems(const boost::json::value& document);

}  // namespace outis::images::testing
