// What `go get` once did for source without its dependencies: a module for this build, which is
// made outside of the source. Go fetches what is imported and missing, as the newest version.
// Source: "Go Modules Reference", -modfile and -mod=mod; `go help build`, -overlay.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "outis/error.h"
#include "programs/go.h"
#include "programs/go_workplace.h"

namespace outis::images::programs {

// Whether options.fetch is a folder, the source has a module or an import comment, keeps no
// dependencies in itself, and is in no workspace.
bool may_fetch(const GoMain& main, const GoOptions& options);

// Writes the module of `main` to `folder`: the source's own go.mod and go.sum, or one that is named
// by the import comment.
Result<Done, Error> make_fetched(const GoMain& main, const std::filesystem::path& folder);

bool has_fetched(const std::filesystem::path& folder);

// "PATH VERSION" of what the module requires, and the source's own go.mod does not.
Result<std::vector<std::string>, Error> fetched_modules(const GoMain& main,
                                                        const std::filesystem::path& folder);

// The go command then works in that module. Modules come from GOPROXY. Go runs version control
// (git and the like) only if that variable says "direct".
Result<Done, Error> use_fetched(Workplace& place, const GoMain& main,
                                const std::filesystem::path& folder);

}  // namespace outis::images::programs
