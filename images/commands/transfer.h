// `outis push`, `outis pull`, `outis copy`: an image from one place to others.
#pragma once

#include <string>
#include <vector>

#include "commands/bake.h"
#include "outis/images/transfer.h"

namespace outis::images::commands {

struct TransferCommand {
    places::TransferOptions options = {};   // but where to
    std::vector<std::string> outputs = {};  // there
    Verbosity verbosity = Verbosity::summary;
};

int run(const TransferCommand& command);

}  // namespace outis::images::commands
