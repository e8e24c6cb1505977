// One image from what lies below it, the programs with their libraries, and the policy. Scratch is
// a base without layers and files; a hardened image is one without programs.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "bake/base_image.h"
#include "bake/plan.h"
#include "bake/trees.h"
#include "content/labels.h"
#include "content/policy_choice.h"
#include "content/tool_data.h"
#include "layers/store.h"
#include "outis/base/policy_layout.h"
#include "outis/error.h"
#include "programs/closure.h"
#include "programs/program.h"

namespace outis::images::bake {

// What is compiled and known of one platform before its image is made.
struct Part {
    policy::Arch arch = policy::Arch::x86_64;
    std::vector<programs::Program> programs = {};
    std::filesystem::path started = {};  // what PID 1 will start, in the image or put in later
    std::string started_name = {};       // as the user knows it
    programs::Closure closure = {};
    content::Labels labels = {};  // unless others of these names are given
};

// What the images of all platforms share.
struct Assembly {
    const Plan& plan;
    const content::ToolData& data;
    const layers::BlobStore& store;
    const std::string& base_name;  // BaseImages::name
};

// Bad input, with `name`, if the program, on this machine, is dynamic and its policy lets no loader
// map libraries.
Result<Done, Error> check_loader(const std::filesystem::path& program, const std::string& name,
                                 const content::ChosenPolicy& policy);

// `base` is for `part.arch`.
Result<Image, Error> assemble(const Assembly& assembly, const Part& part, const BaseImage& base,
                              Flavour flavour);

}  // namespace outis::images::bake
