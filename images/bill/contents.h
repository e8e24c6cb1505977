// What is in the images of a bake, as a bill of materials: the images, their layers, the files of
// every layer but the base layer's, PID 1, certificates and zones, the modules that Go's linker
// wrote into programs, the libraries that programs say are linked into them, and the distribution's
// packages that files are from.
//
// One bill for all platforms of a bake: it goes with what the image's name points to.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "bill/owners.h"
#include "bill/spdx.h"
#include "places/bundle.h"
#include "programs/go_info.h"
#include "programs/linked_libraries.h"

namespace outis::images::bill {

// Found out about the files of the bundle, by their path on the host.
struct Findings {
    std::map<std::filesystem::path, programs::GoInfo> go = {};
    std::map<std::filesystem::path, std::vector<programs::LinkedLibrary>> linked = {};
    std::map<std::filesystem::path, std::pair<std::string, Owner>> owners = {};  // purl, owner
    std::vector<std::string> notes = {};
};

// Looks into programs for Go's record and for linked libraries, and for the owners of files into
// `root`, where that is not empty and holds the file, else into the host's '/'.
Findings look_into(const places::Bundle& bundle, const std::filesystem::path& root);

// The image that the images of a bake lie on; without name there is none.
struct Underneath {
    std::string name = {};
    std::map<policy::Arch, std::string> digests = {};  // of its manifests
};

struct BaseFacts {
    std::optional<std::string> certificates = {};  // version of the pinned ones, if they are in
    std::optional<std::string> zones = {};
    std::map<policy::Arch, std::string> init = {};  // SHA-256 of PID 1
    Underneath under = {};
};

Bill bill_of(const places::Bundle& bundle, const Findings& findings, const BaseFacts& base,
             const std::string& created);

}  // namespace outis::images::bill
