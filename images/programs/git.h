// What git knows about a folder of source.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace outis::images::programs {

struct GitState {
    std::string revision = {};  // of HEAD, "-dirty" at its end if a tracked file has changed
    std::string version = {};   // the tag of HEAD; empty without one, or if dirty
    std::string source = {};    // the URL of 'origin' without a password; empty without one
};

// Nothing unless `folder` is the top of a work tree that has a commit, and git is there and does
// not refuse it. A folder further down says nothing: its copy elsewhere shall give the same image.
std::optional<GitState> git_state(const std::filesystem::path& folder);

// "https://user:secret@example.com/x" without what stands before the '@'; others as they are.
std::string without_secrets(const std::string& url);

}  // namespace outis::images::programs
