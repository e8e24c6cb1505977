// Certificates that a machine keeps for one registry, in folders that Docker, Podman and skopeo
// read:
// *.crt are authorities besides the system's, NAME.cert with NAME.key is who we are.
// Sources: docs.docker.com, "Verify repository client with certificates"; containers-certs.d(5).
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "http/trust.h"
#include "outis/error.h"

namespace outis::images::registry {

// /etc/docker/certs.d, /etc/containers/certs.d, ~/.config/containers/certs.d
std::vector<std::filesystem::path> site_folders();

// What is in FOLDER/DOMAIN of each: all authorities, and the first pair by folder and name. A
// folder that is absent or closed to this user has none. A .cert without its .key, or the reverse,
// is an error.
Result<http::SiteFiles, Error> find_site_files(const std::vector<std::filesystem::path>& folders,
                                               const std::string& domain);

}  // namespace outis::images::registry
