// Fields of JSON documents that may be anything, or not there at all.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <boost/json/value.hpp>

namespace outis::images::oci {

// Null and absent are the same: Docker writes fields that say nothing as null.
const boost::json::value* field(const boost::json::value& object, std::string_view name);

// Its text; empty if it is none.
std::string text_field(const boost::json::value& object, std::string_view name);

// Its items; none if it is no list.
const boost::json::array& list_field(const boost::json::value& object, std::string_view name);

// The texts of a list; an item that is no text is empty.
std::vector<std::string> texts_field(const boost::json::value& object, std::string_view name);

}  // namespace outis::images::oci
