// A baked image on another version of the image below it: the layers above keep their bytes.
#pragma once

#include <string>
#include <vector>

#include "outis/images/build.h"
#include "outis/images/transfer.h"

namespace outis::images::bake {

// As it is written. Empty means the default.
struct RebaseOptions {
    std::string image = {};                   // as `outis copy` takes it
    std::string from = {};                    // likewise: the new base
    std::vector<std::string> tags = {};       // NAME[:TAG]; the image's with '-rebased'
    std::vector<std::string> outputs = {};    // as `outis bake` takes them
    std::vector<std::string> platforms = {};  // every one that there is PID 1 for
    places::RemoteOptions remote = {};
};

// An image that does not begin with the base it says it was made on is an error.
Result<Baked, Error> rebase(const RebaseOptions& options, const Progress& progress);

}  // namespace outis::images::bake
