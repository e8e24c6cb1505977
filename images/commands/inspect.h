// `outis inspect PID|CONTAINER`: what a running process may still do.
#pragma once

#include <string>

namespace outis::images::commands {

struct InspectOptions {
    std::string subject;  // a number, or what docker or podman call a container
    bool json = false;
};

// 0; 2 if there is no such process or container; 3 if no engine answers.
int run(const InspectOptions& options);

}  // namespace outis::images::commands
