// What the steps of find_closure() share.
#pragma once

#include <string>
#include <vector>

#include "host/root.h"
#include "outis/error.h"
#include "programs/closure.h"
#include "programs/process.h"
#include "programs/trusted.h"

namespace outis::images::programs {

// What is found so far, and for whom.
struct Work {
    const host::Root& root;
    const ClosureRequest& request;
    const SystemFolders& system;
    Copies copies = {};
    Modules modules = {};
    Modules packaged = {};  // of packages, whose modules may lack what nobody installed
    std::vector<Process> processes = {};
    std::vector<std::string> notes = {};

    [[nodiscard]] Surroundings around() { return around(modules); }

    [[nodiscard]] Surroundings around(Modules& of)
    {
        return {.root = root,
                .given = request.given,
                .copies = copies,
                .system = system,
                .modules = of};
    }
};

}  // namespace outis::images::programs
