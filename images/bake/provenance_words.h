// What a bake tells others of its options: those that were given, as they were given, but neither
// paths of the host nor values of the environment. The table of options says how each is told.
#pragma once

#include <cstdint>
#include <string_view>

#include <boost/json/object.hpp>

#include "outis/images/build.h"

namespace outis::images::bake {

// Whether a word holds an absolute path, as "-L/usr/lib" and "-X main.file=/etc/x" do.
bool names_absolute_path(std::string_view word);

// Options by their long name, each a list of words or true; "apps", "arguments" and
// "SOURCE_DATE_EPOCH" beside them.
boost::json::object told_parameters(const BakeOptions& options, std::int64_t time);

}  // namespace outis::images::bake
