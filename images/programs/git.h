// What git knows about a folder of source.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace outis::images::programs {

struct GitState {
    std::string revision = {};  // of HEAD, "-dirty" at its end if a tracked file has changed
    std::string version = {};   // the tag of HEAD; empty without one, or if dirty
    std::string source = {};    // source_url() of 'origin'
};

// Nothing unless `folder` is the top of a work tree that has a commit and holds its repository (no
// link, no "gitdir:"), and git is there. A folder further down says nothing: its copy elsewhere
// shall give the same image. git is given objects, refs and index, and no configuration, which may
// name programs; submodules are left alone.
std::optional<GitState> git_state(const std::filesystem::path& folder);

// A remote of git (git-clone(1), "GIT URLS") as others may read it: without user, password, query
// and fragment; empty for a path on this machine and for unknown schemes.
std::string source_url(std::string url);

}  // namespace outis::images::programs
