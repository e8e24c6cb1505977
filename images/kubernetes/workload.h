// What a pod of an image needs, decided from the image, its policy and what was asked for.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "kubernetes/health.h"
#include "layers/tar.h"
#include "oci/config.h"
#include "outis/error.h"

namespace outis::images::kubernetes {

enum class WorkloadKind : std::uint8_t { pod, deployment };

// As written; empty: what the image says, or a default.
struct WorkloadWords {
    WorkloadKind kind = WorkloadKind::pod;
    std::string name = {};
    std::string name_space = {};
    std::string image = {};  // as the cluster pulls it
    std::string replicas = {};
    std::vector<std::string> ports = {};     // PORT[/udp]
    std::vector<std::string> writable = {};  // directories
    std::string health = {};                 // a URL for PID 1's probe
    std::string drain = {};                  // PID 1 waits before it stops the app
    std::string pre_stop = {};               // the kubelet waits before it stops PID 1
    std::string grace = {};                  // how long the app has after that
};

struct ImageFacts {
    std::string name = {};  // "docker.io/library/hello:1", or empty
    oci::RunConfig run = {};
    std::string policy = {};                                // compiled; empty for none
    std::map<std::string, layers::EntryKind> entries = {};  // what is in it, "etc/passwd"
};

struct WorkloadPort {
    int number = 0;
    std::string protocol = "tcp";  // or "udp", "sctp"
    bool operator==(const WorkloadPort&) const = default;
};

struct Workload {
    WorkloadKind kind = WorkloadKind::pod;
    std::string name = {};
    std::string name_space = {};
    std::string image = {};
    std::string init = {};  // PID 1's path in it
    int replicas = 1;
    std::int64_t uid = 0;
    std::optional<std::int64_t> gid = {};
    std::vector<WorkloadPort> ports = {};
    std::vector<std::string> writable = {};  // absolute, sorted
    std::optional<Probe> probe = {};
    std::map<std::string, std::string> environment = {};
    std::string pre_stop = {};  // a time for PID 1's --sleep, or empty
    std::int64_t termination_seconds = 0;
    std::vector<std::string> notes = {};  // what the user should know, a clause each
};

// An image that no restricted pod can run, and words that contradict it, are errors.
Result<Workload, Error> make_workload(const WorkloadWords& words, const ImageFacts& image);

}  // namespace outis::images::kubernetes
