// A JSON value as YAML for people: block style, two blanks a level, keys in the order they have.
// Source: YAML 1.2; what its version 1.1 reads otherwise ("yes", "0o17") is put in quotes.
#pragma once

#include <string>

#include <boost/json/value.hpp>

namespace outis::images::kubernetes {

std::string yaml(const boost::json::value& value);

}  // namespace outis::images::kubernetes
