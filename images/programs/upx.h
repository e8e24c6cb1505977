// Programs compressed in themselves, by upx where it is installed. Such a program unpacks itself
// into memory that it writes and then executes, which a policy may refuse.
#pragma once

#include <filesystem>

#include "outis/error.h"

namespace outis::images::programs {

// A packed copy of `file` at `copy`. No upx is Blame::environment.
Result<Done, Error> pack_program(const std::filesystem::path& file,
                                 const std::filesystem::path& copy);

}  // namespace outis::images::programs
