// `outis verify`: asks an image everything again, and says what is wrong with it.
#pragma once

#include <string>

#include "outis/images/transfer.h"

namespace outis::images::commands {

struct VerifyCommand {
    std::string image = {};
    std::string platform = {};
    places::RemoteOptions remote = {};
    bool strict = false;  // warnings count as errors
    bool quiet = false;   // the exit code alone
    bool json = false;
};

// 0: sound; 1: something is wrong.
int run(const VerifyCommand& command);

}  // namespace outis::images::commands
