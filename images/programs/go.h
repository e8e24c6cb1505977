// Go source to a static program, by the Go toolchain on this machine.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "outis/base/policy_layout.h"
#include "outis/error.h"

namespace outis::images::programs {

struct GoOptions {
    // The package to build, "./cmd/x", or how its path ends, "x"; empty: find it.
    std::string main = {};
    std::optional<std::string> ldflags = {};  // instead of '-s -w'
    std::string tags = {};
    std::vector<std::string> flags = {};  // further ones for `go build`
    bool cgo = false;                     // whatever CGO_ENABLED says
    // An empty folder: if packages are missing, a module is made there that fetches them, once for
    // all builds that are given it. Empty: nothing is fetched.
    std::filesystem::path fetch = {};
};

// One main package.
struct GoMain {
    std::filesystem::path folder = {};  // of the package, absolute
    std::filesystem::path root = {};    // of its module, or what the caller named; absolute
    std::string import_path = {};       // without a module the comment, or the folder
    std::string module = {};            // empty without a go.mod: then Go's GOPATH mode is used
    std::string import_comment = {};    // of `package main // import "x/y"`
};

struct GoTarget {
    std::string os = "linux";
    std::string arch = "amd64";

    bool operator==(const GoTarget&) const = default;
};

// The main package of the module, or below `folder`, that `options.main` names, or that of
// `folder`, or the only one below it. None, or several to choose from, is an error that lists them;
// no toolchain is Blame::environment.
Result<GoMain, Error> find_go_main(const std::filesystem::path& folder, const GoOptions& options);

// Runs `go test` for the packages of `main`'s folder and below.
Result<Done, Error> test_go(const GoMain& main, const GoOptions& options);

// The same source and options give the same bytes, wherever the folder lies (-trimpath,
// -buildvcs=false). What Go does not say of a failure is added: a wrong import comment, code in C,
// files that a generator makes.
Result<Done, Error> build_go(const GoMain& main, const GoOptions& options, const GoTarget& target,
                             const std::filesystem::path& output);

// What follows `go build -o OUTPUT` in the package's folder, but for the package.
std::vector<std::string> go_build_flags(const GoMain& main, const GoOptions& options);

// What the toolchain can compile for.
Result<std::vector<GoTarget>, Error> go_targets();

// The image's name before it is fitted to a repository's grammar: the last element of the import
// path, the import comment or the folder, without a '/vN' of Go's major versions, '.git'
// and '.go'.
std::string go_program_name(const GoMain& main);

// The same of what holds the main package: the module, the import comment without the package's
// place, the path above the modules of a workspace. Empty if no path tells it.
std::string go_project_name(const GoMain& main);

}  // namespace outis::images::programs
