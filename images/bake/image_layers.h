// The layers that a bake puts on a base: what the base lacks, libraries, the programs with their
// policy, a debug shell. Nothing lies where the base has the same already.
#pragma once

#include <optional>
#include <vector>

#include "bake/assemble.h"
#include "content/accounts.h"
#include "content/policy_choice.h"
#include "outis/images/image.h"

namespace outis::images::bake {

// Whom the image knows, whom it runs as, and under what.
struct Identity {
    content::Accounts accounts = {};
    content::ChosenPolicy policy = {};
    std::string user = {};                   // of the configuration; empty: root
    std::optional<content::UserId> id = {};  // of `user`, where layers need it
};

struct OwnLayers {
    std::vector<Layer> list = {};         // the lowest first
    std::vector<std::string> notes = {};  // what the user should know, a clause each
};

Result<OwnLayers, Error> own_layers(const Assembly& assembly, const Part& part,
                                    const BaseImage& base, const Identity& identity,
                                    Flavour flavour);

}  // namespace outis::images::bake
