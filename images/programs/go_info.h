// What the Go linker writes into every program about its making.
// Source: documentation of Go's packages debug/buildinfo and runtime/debug, Go 1.18 and later.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "outis/base/bytes.h"
#include "programs/elf.h"

namespace outis::images::programs {

constexpr std::size_t kMaxGoModules = 65'536;  // of one program; a record with more is damaged

// A module that is linked into a program.
struct GoModule {
    std::string path = {};      // "golang.org/x/text"
    std::string version = {};   // "v0.14.0"; empty for a working copy
    std::string sum = {};       // "h1:BASE64" as go.sum has it, or empty
    std::string replaces = {};  // "PATH@VERSION" that was asked for; a folder replaces its own path
};

struct GoInfo {
    std::string toolchain = {};  // "go1.19.8"
    std::string module = {};     // of the main package; empty outside modules
    std::string version = {};    // of that module; empty for a working copy
    std::string revision = {};   // of the version control system, "-dirty" at its end if changed
    std::string package = {};    // import path of the main package
    std::vector<GoModule> dependencies = {};
    std::vector<std::pair<std::string, std::string>> settings = {};  // "CGO_ENABLED" and "0"
};

// Nothing if `file` is no Go program, one older than Go 1.18, or its record is damaged.
std::optional<GoInfo> read_go_info(Bytes file, const Elf& elf);

}  // namespace outis::images::programs
