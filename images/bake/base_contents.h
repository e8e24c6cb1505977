// What an image that is there has already, and what of ours is missing in it.
#pragma once

#include <string>

#include "bake/base_image.h"
#include "bake/plan.h"
#include "layers/tree.h"
#include "outis/base/policy_layout.h"
#include "outis/error.h"
#include "view/flattened.h"

namespace outis::images::bake {

// What is there, as a message says it: a file's digest, where a link leads, or "no file".
std::string description(const view::Node& node);

// A bundle of certificates, at any of the places where programs look for one.
bool has_certificates(const view::Flattened& base);
bool has_zones(const view::Flattened& base);

// `plan` without our certificates or time zones if each of `images` has its own.
Plan without_present(Plan plan, const BaseImages& images);

// The entries of `tree` whose path does not exist in `base`, symbolic links followed. If `base` has
// any bundle of certificates, none of ours is missing; likewise time zones.
layers::Tree missing_entries(const layers::Tree& tree, const view::Flattened& base);

// Whether `base` has this file with these bytes, owner and mode.
Result<bool, Error> has_file(const view::Flattened& base, const std::string& key,
                             const layers::Entry& file);

// Libraries that were found in a root.
struct LibrarySource {
    const layers::Tree& libraries;
    policy::Arch arch;
    const std::string& root;   // where they are from, for messages
    const std::string& image;  // what the base is called, for messages
};

// Those that are missing in `base`, placed on it, and the loader's cache for both. A different file
// or link in the place of one is an error that names both.
Result<layers::Tree, Error> missing_libraries(const LibrarySource& asked,
                                              const view::Flattened& base);

}  // namespace outis::images::bake
