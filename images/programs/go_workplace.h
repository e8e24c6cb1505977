// Where the go command runs for a main package, and with what around it.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "host/new_file.h"
#include "outis/error.h"
#include "programs/go.h"

namespace outis::images::programs {

struct Workplace {
    std::filesystem::path folder = {};
    std::map<std::string, std::string> environment = {};
    std::vector<std::string> flags = {};  // of each command that loads packages
    std::optional<host::TemporaryDirectory> gopath = {};
};

// A folder of source, and the import path that its comment says.
struct CommentedPlace {
    std::filesystem::path folder = {};
    std::string import_path = {};
};

// Of a main package with an import comment. If the package's place below its root ends the comment,
// as in "x/y/cmd/z" for cmd/z, it is the root with "x/y", so that its vendor folder counts; else
// the package's own folder.
CommentedPlace commented_place(const GoMain& main);

// In the module that was made in options.fetch, if there is one. In GOPATH mode a package with an
// import comment must lie at that path: a private GOPATH holds a link to the source.
Result<Workplace, Error> open_workplace(const GoMain& main, const GoOptions& options);

// For this platform from here on. With cgo that needs a C compiler for it: $CC, or the one that GNU
// calls "aarch64-linux-gnu-gcc" and the like; none is Blame::environment.
Result<Done, Error> set_target(Workplace& place, const GoOptions& options, const GoTarget& target);

}  // namespace outis::images::programs
