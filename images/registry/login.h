// Where credentials are looked for:
//
//   1. the file that --authfile or $REGISTRY_AUTH_FILE names, and then nowhere else; else
//   2. $DOCKER_CONFIG/config.json, or ~/.docker/config.json
//   3. $XDG_RUNTIME_DIR/containers/auth.json, or /run/containers/UID/auth.json
//   4. $XDG_CONFIG_HOME/containers/auth.json, or ~/.config/containers/auth.json
//
// The first that knows the registry counts. In each file a helper is asked before the file's own
// entries: docker-credential-NAME, found in PATH.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "outis/error.h"
#include "registry/credentials.h"

namespace outis::images::registry {

// In the order in which they are asked; `named` is --authfile, or empty.
std::vector<std::filesystem::path> auth_files(const std::string& named);

// Nothing if nobody knows the registry. A helper that is named but missing is an error: silently
// anonymous is not what its user meant. So is a named file that is not there.
Result<std::optional<Credentials>, Error> find_credentials(const std::string& domain,
                                                           const std::string& repository,
                                                           const std::string& named_file);

}  // namespace outis::images::registry
