// What lies in which layer of an image, below its debug shell from the bottom up: the base layer,
// which every image of a build shares, then these.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bake/plan.h"
#include "content/accounts.h"
#include "content/policy_choice.h"
#include "content/tool_data.h"
#include "layers/tree.h"
#include "outis/base/policy_layout.h"
#include "outis/error.h"
#include "programs/closure.h"
#include "programs/program.h"

namespace outis::images::bake {

// The two images of a bake: what runs, and the same with a shell for those who look into it.
enum class Flavour { plain, debug };

// What this image has that not every image of this build has, besides the app: nothing, usually.
Result<layers::Tree, Error> local_tree(const Plan& plan, const content::Accounts& accounts,
                                       const content::ToolData& data);

// The bundle of certificates and the links that lead to it, alone.
Result<layers::Tree, Error> certificates_tree(const Plan& plan, const content::ToolData& data);

// What the programs need of the root and the base layer lacks.
Result<layers::Tree, Error> library_tree(const programs::Closure& closure,
                                         const content::ToolData& data, policy::Arch arch);

// The programs, the policy, what the user adds. It hides no link of `libraries`.
Result<layers::Tree, Error> app_tree(const std::vector<programs::Program>& programs,
                                     const content::ChosenPolicy& policy, const Plan& plan,
                                     const std::optional<content::UserId>& user,
                                     const layers::Tree& libraries);

// What the user should know of file capabilities under `policy`.
std::vector<std::string> capability_notes(const Plan& plan, const content::ChosenPolicy& policy);

// The debug image's shell, behind the links of what is below it. None for `arch` is an error.
Result<layers::Tree, Error> shell_tree(const Plan& plan, policy::Arch arch,
                                       const layers::Tree& below);

}  // namespace outis::images::bake
