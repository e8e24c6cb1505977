// An image's configuration: how to run it, and what its layers unpack to.
// Source: OCI image specification 1.1, config.md. Healthcheck is Docker's, reserved there.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "outis/base/policy_layout.h"
#include "outis/error.h"
#include "outis/images/image.h"

namespace outis::images::oci {

struct HealthCheck {
    std::vector<std::string> command = {};
    std::int64_t interval_ns = 0;  // 0: the engine's default, as for the others
    std::int64_t timeout_ns = 0;
    std::int64_t start_period_ns = 0;
    int retries = 0;
};

struct RunConfig {
    std::string user = {};  // "UID:GID", or empty
    std::vector<std::string> entrypoint = {};
    std::vector<std::string> arguments = {};  // "Cmd": what `docker run IMAGE ...` replaces
    std::map<std::string, std::string> environment = {};
    std::map<std::string, std::string> labels = {};
    std::set<std::string> ports = {};    // "8080/tcp"
    std::set<std::string> volumes = {};  // absolute paths
    std::string workdir = {};
    std::string stop_signal = {};
    std::optional<HealthCheck> health = {};
};

// "8080", "8080/tcp", "53/udp" or "8000-8010/tcp" in full form.
Result<std::string, Error> parse_port(const std::string& text);

// "1970-01-01T00:00:00Z"
std::string rfc3339(std::int64_t seconds);

std::string config_json(const RunConfig& run, policy::Arch arch, std::span<const Layer> layers,
                        std::int64_t created);

}  // namespace outis::images::oci
