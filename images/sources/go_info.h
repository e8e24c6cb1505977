// What the Go linker writes into every program about its making.
// Source: documentation of Go's packages debug/buildinfo and runtime/debug, Go 1.18 and later.
#pragma once

#include <optional>
#include <string>

#include "outis/base/bytes.h"
#include "sources/elf.h"

namespace outis::images {

struct GoInfo {
    std::string toolchain = {};  // "go1.19.8"
    std::string module = {};     // of the main package; empty outside modules
    std::string version = {};    // of that module; empty for a working copy
    std::string revision = {};   // of the version control system, "-dirty" at its end if changed
};

// Nothing if `file` is no Go program, one older than Go 1.18, or its record is damaged.
std::optional<GoInfo> read_go_info(Bytes file, const Elf& elf);

}  // namespace outis::images
