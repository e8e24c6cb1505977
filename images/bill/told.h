// What a bake tells others of its options: those that were given, as they were given, but neither
// paths of the host nor values of the environment. The table of options says how each is told.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>

#include "outis/images/build.h"

namespace outis::images {

// The last part of a path of the host.
std::string base_name_of(std::string_view path);

// Whether a word holds an absolute path, as "-L/usr/lib" and "-X main.file=/etc/x" do.
bool names_absolute_path(std::string_view word);

// Options by their long name, each a list of words or true; "apps", "arguments" and
// "SOURCE_DATE_EPOCH" beside them.
boost::json::object told_parameters(const BakeOptions& options, std::int64_t time);

// Go's "h1:BASE64" as 64 hexadecimal digits; empty if it is none.
std::string dir_hash(std::string_view go_sum);

}  // namespace outis::images
