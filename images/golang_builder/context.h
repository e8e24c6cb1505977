// What a daemon is sent to build a Dockerfile: the context's folder as a tar.
#pragma once

#include <filesystem>

#include "outis/error.h"
#include "sources/tree.h"

namespace outis::images {

// Whether the context holds that file. What cannot be looked at, or is a link to nothing, is an
// error: only a name that is not there is none.
Result<bool, Error> is_there(const std::filesystem::path& file);

// All but what its .dockerignore leaves out, modes as they are, of root. The Dockerfile and
// .dockerignore are sent in any case, as Docker's own client does.
Result<Tree, Error> context_tree(const std::filesystem::path& folder);

}  // namespace outis::images
