// What provenance, which others read, shows of the options of a bake: those that were given,
// without paths on this machine and without values of the environment. Each row of the table says
// how.
#pragma once

#include <cstdint>
#include <string_view>

#include <boost/json/object.hpp>

#include "outis/images/build.h"

namespace outis::images::bake {

// True if a word holds an absolute path, as "-L/usr/lib" and "-X main.file=/etc/x" do.
bool names_absolute_path(std::string_view word);

// Options by their long name, each a list of words or true; "apps", "arguments" and
// "SOURCE_DATE_EPOCH" beside them.
boost::json::object external_parameters(BakeOptions options, std::int64_t time);

}  // namespace outis::images::bake
