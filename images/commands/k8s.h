// `outis k8s pod|deployment IMAGE`: a manifest that a cluster under restricted settings takes.
#pragma once

#include <string>

#include "kubernetes/workload.h"
#include "outis/images/transfer.h"

namespace outis::images::commands {

struct K8sOptions {
    std::string image;  // as `outis verify` takes it
    places::RemoteOptions remote;
    kubernetes::WorkloadWords words;
    std::string format;    // "yaml", the default, or "json"
    std::string platform;  // ARCH; this machine's
};

// 0; 2 if the image cannot run so.
int run(const K8sOptions& options);

}  // namespace outis::images::commands
