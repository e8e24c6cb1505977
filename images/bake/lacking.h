// What an image that is there has already, and what of ours it lacks.
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

// Without certificates and zones of ours, if every one of `images` has some.
Plan without_present(Plan plan, const BaseImages& images);

// The entries at whose places `base` has nothing, be it behind links. Certificates and zones are
// one thing each: some are all.
layers::Tree lacking(const layers::Tree& tree, const view::Flattened& base);

// Whether `base` has this very file, with its owner and mode.
Result<bool, Error> has_file(const view::Flattened& base, const std::string& key,
                             const layers::Entry& file);

// Of libraries that were found in a root: those that `base` lacks, placed on it, and the list of
// libraries over both. Another file or link in the place of one is an error that names both.
struct LibrariesOver {
    const layers::Tree& libraries;
    policy::Arch arch;
    const std::string& root;   // where they are from, for messages
    const std::string& image;  // what the base is called, for messages
};

Result<layers::Tree, Error> libraries_over(const LibrariesOver& asked, const view::Flattened& base);

}  // namespace outis::images::bake
