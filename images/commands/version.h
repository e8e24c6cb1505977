// `outis version`: what this program is and what it was built with.
#pragma once

namespace outis::images::commands {

struct VersionCommand {
    bool json = false;
};

int run(const VersionCommand& command);

}  // namespace outis::images::commands
