// What a build of Go source somewhere else, as by a Dockerfile, must be sent.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "outis/error.h"
#include "programs/go.h"

namespace outis::images::dockerfile {

// Paths without a '/' in front are below `root`.
struct GoContext {
    std::filesystem::path root = {};       // absolute; it holds all of it
    std::filesystem::path workplace = {};  // the folder of go.work, or of the module: "." or "app"
    std::filesystem::path package = {};    // from the workplace: "." or "cmd/x"
    // What `go mod download` reads: go.work, go.mod and their sums, of each folder together. None
    // if dependencies are in `vendor`, or `supplied` is not empty.
    std::vector<std::filesystem::path> manifests = {};
    // "PATH VERSION" of a member of the workspace that another requires and no list of sums has.
    // `go build` takes the folder, and `go mod download` would look for that version and fail.
    std::string supplied = {};
    // What is compiled and embedded, and the list of a vendor folder; what Go cannot find is left
    // out.
    std::vector<std::filesystem::path> files = {};
    // Packages of Go's own that no other of them that is needed imports: "net/http".
    std::vector<std::string> standard = {};
    std::string version = {};  // the newest that go.work and the modules ask for; "1.19", or empty
};

// Modules that go.work uses, or that a `replace` names by a path, are part of it. Nothing is
// downloaded. A path that no folder but the root holds, or an absolute one, is an error.
Result<GoContext, Error> go_context(const programs::GoMain& main,
                                    const programs::GoOptions& options);

}  // namespace outis::images::dockerfile
