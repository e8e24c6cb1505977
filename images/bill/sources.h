// The owners of files of this machine, each looked up in the root that it was taken from.
#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "bill/owners.h"

namespace outis::images::bill {

struct RootOwners {
    std::filesystem::path root = {};
    // By the file: its path in the root, links resolved.
    std::map<std::filesystem::path, std::string> paths = {};
    Owners owners = {};
};

// Files below `root` first, if that is not empty; then all others, as files of '/'. Files that
// packages cannot own are in neither.
std::vector<RootOwners> owners_of(const std::set<std::filesystem::path>& files,
                                  const std::filesystem::path& root);

}  // namespace outis::images::bill
