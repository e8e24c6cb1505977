// An existing image under a policy: unchanged but for one layer with PID 1 and the policy, and the
// configuration that starts it so.
#pragma once

#include <string>
#include <vector>

#include "outis/images/build.h"
#include "outis/images/transfer.h"

namespace outis::images::bake {

// As it is written. Empty means the default.
struct HardenOptions {
    std::string image = {};                   // as `outis copy` takes it
    std::string profile = {};                 // as `outis bake` takes it
    std::string user = {};                    // USER[:GROUP]
    std::vector<std::string> tags = {};       // NAME[:TAG]; the image's with '-hardened'
    std::vector<std::string> outputs = {};    // as `outis bake` takes them
    std::vector<std::string> platforms = {};  // every one that there is PID 1 for
    std::string compress = {};                // of the one layer
    places::RemoteOptions remote = {};
};

Result<Baked, Error> harden(const HardenOptions& options, const Progress& progress);

}  // namespace outis::images::bake
