// `--binary-only`: what Go compiles, without an image.
#pragma once

#include <string>
#include <vector>

#include "outis/error.h"
#include "outis/images/build.h"
#include "programs/program.h"

namespace outis::images::bake {

struct BinaryName {
    std::string text = {};
    bool from_folder = false;  // nothing in the source tells it
};

// NAME of the file, or of the files NAME-OS-ARCH, that write_binaries() makes: how the main
// package's path ends, or, where that is a folder's name, the project's. If a file would be called
// like a folder nevertheless, an error.
Result<BinaryName, Error> binary_name(const BakeOptions& options, const programs::GoMain& main);

// "; did you mean 'linux/amd64'?", or nothing.
std::string hint_at_platform(const std::string& platform,
                             const std::vector<programs::GoTarget>& known);

// One file for each of options.platforms, which may be any that Go knows, or for this machine. The
// only output is a file's name, or a folder's ("./" by default), where files are called NAME, or
// NAME-OS-ARCH if platforms were given. A missing folder is made. A file that is there and is no
// program is not written over. A program that cannot be packed is written as it is, and that is an
// error. Answers what was written.
Result<std::vector<std::string>, Error> write_binaries(const programs::Sources& sources,
                                                       const BakeOptions& options,
                                                       const Progress& progress);

}  // namespace outis::images::bake
