// What a daemon is sent to build a Dockerfile: the context's folder as a tar.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "layers/tree.h"
#include "outis/error.h"

namespace outis::images::golang_builder {

// Whether the context holds that file. What cannot be looked at, or is a link to nothing, is an
// error: only a name that is not there is none.
Result<bool, Error> is_there(const std::filesystem::path& file);

// All but sockets and what its .dockerignore leaves out, modes as they are, of root. The Dockerfile
// and .dockerignore are sent in any case, as Docker's own client does.
Result<layers::Tree, Error> context_tree(const std::filesystem::path& folder);

// When that file was changed last, seconds since 1970: Docker's client sends it.
std::int64_t context_time(const std::filesystem::path& folder, const std::string& key);

}  // namespace outis::images::golang_builder
