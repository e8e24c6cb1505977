// An image's health check as a probe of Kubernetes. The kubelet asks HTTP and TCP itself, from
// outside of the container; what it cannot ask that way PID 1 answers, as it does for Docker:
//
//   http://:PORT/PATH              httpGet
//   tcp://:PORT                    tcpSocket
//   http://127.0.0.1:PORT/PATH     exec: nobody outside reaches the loopback device
//   unix:, exec:, --status N       exec
#pragma once

#include <optional>

#include <boost/json/object.hpp>

#include "oci/config.h"

namespace outis::images::kubernetes {

struct Probe {
    boost::json::object action = {};  // {"httpGet": …}, {"tcpSocket": …} or {"exec": …}
    std::int64_t timeout_seconds = 0;
    std::int64_t period_seconds = 0;  // 0: the kubelet's default, as for the others
    std::int64_t start_seconds = 0;   // how long the app may take until it is asked in earnest
    int failures = 0;
};

Probe probe_of(const oci::HealthCheck& health);

// That the port takes connections.
Probe port_probe(int port);

}  // namespace outis::images::kubernetes
