// The object that holds a profile's rules, as a foreign profile.
#pragma once

#include "sandbox/import/foreign.h"
#include "sandbox/language/reader.h"

namespace outis::sandbox::imports {

// Complains about what is not of that dialect; what it then returns is incomplete.
[[nodiscard]] Foreign read_profile(const Value& value, Dialect dialect,
                                   const language::Reader& reader, Notes& notes);

}  // namespace outis::sandbox::imports
