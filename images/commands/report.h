// How commands say what went wrong.
#pragma once

#include "outis/error.h"

namespace outis::images {

// Prints "outis: ..." on stderr and answers the exit code: 2 for bad input, 3 for what is absent.
int report(const Error& error);

}  // namespace outis::images
