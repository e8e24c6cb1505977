// A workload as Kubernetes' API takes it, within the Pod Security Standard "restricted".
// Sources: Kubernetes API reference v1 Pod, apps/v1 Deployment; Pod Security Standards.
//
// What the standard asks for, and where it is:
//   user                  pod.securityContext.runAsNonRoot, runAsUser (a number)
//   seccomp               pod.securityContext.seccompProfile RuntimeDefault
//   sysctls               net.ipv4.ip_unprivileged_port_start alone, if a port is below 1024
//   privilege escalation  container.securityContext.allowPrivilegeEscalation false
//   capabilities          container.securityContext.capabilities.drop [ALL], none added
//   volumes               emptyDir alone
//   everything else       (host namespaces, host ports, host paths, privileged, …) is not there
// Beyond it the root is read-only, and neither a token nor service variables are handed in.
#pragma once

#include <boost/json/value.hpp>

#include "kubernetes/workload.h"

namespace outis::images::kubernetes {

boost::json::value manifest(const Workload& workload);

}  // namespace outis::images::kubernetes
