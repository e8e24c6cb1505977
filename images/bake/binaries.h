// `--binary-only`: what Go compiles, without an image.
#pragma once

#include <string>
#include <vector>

#include "outis/error.h"
#include "outis/images/build.h"
#include "programs/program.h"

namespace outis::images::bake {

// One file for each of options.platforms, which may be any that Go knows, or for this machine. The
// only output is a file's name, or a folder's ("./" by default), where files are called NAME, or
// NAME-OS-ARCH if platforms were given. A file that is there and is no program is not
// written over. Answers what was written.
Result<std::vector<std::string>, Error> write_binaries(const programs::Sources& sources,
                                                       const BakeOptions& options,
                                                       const Progress& progress);

}  // namespace outis::images::bake
