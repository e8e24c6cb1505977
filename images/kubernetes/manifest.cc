#include "kubernetes/manifest.h"

#include <algorithm>
#include <set>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

namespace outis::images::kubernetes {

namespace json = boost::json;

namespace {

constexpr int kFirstFreePort = 1024;
constexpr std::size_t kMaxVolumeName = 63;  // RFC 1123
constexpr const char* kNameLabel = "app.kubernetes.io/name";

json::object labels(const Workload& workload)
{
    return {{kNameLabel, workload.name}};
}

json::object metadata(const Workload& workload)
{
    json::object object{{"name", workload.name}};
    if (!workload.name_space.empty())
        object["namespace"] = workload.name_space;
    object["labels"] = labels(workload);
    return object;
}

json::object pod_security(const Workload& workload)
{
    json::object object{{"runAsNonRoot", true}, {"runAsUser", workload.uid}};
    if (workload.gid)
        object["runAsGroup"] = *workload.gid;
    object["seccompProfile"] = json::object{{"type", "RuntimeDefault"}};
    int lowest = kFirstFreePort;
    for (const WorkloadPort& port : workload.ports)
        lowest = std::min(lowest, port.number);
    if (lowest < kFirstFreePort)
        object["sysctls"] = json::array{json::object{
            {"name", "net.ipv4.ip_unprivileged_port_start"}, {"value", std::to_string(lowest)}}};
    return object;
}

json::object container_security()
{
    return {{"allowPrivilegeEscalation", false},
            {"readOnlyRootFilesystem", true},
            {"capabilities", json::object{{"drop", json::array{"ALL"}}}}};
}

json::array ports(const Workload& workload)
{
    json::array array;
    for (const WorkloadPort& port : workload.ports) {
        json::object object{{"containerPort", port.number}};
        if (port.protocol != "tcp")
            object["protocol"] = port.protocol == "udp" ? "UDP" : "SCTP";
        array.push_back(object);
    }
    return array;
}

json::array environment(const Workload& workload)
{
    json::array array;
    for (const auto& [name, value] : workload.environment)
        array.push_back(json::object{{"name", name}, {"value", value}});
    return array;
}

json::object probe_object(const Probe& probe)
{
    json::object object = probe.action;
    object["timeoutSeconds"] = probe.timeout_seconds;
    if (probe.period_seconds != 0)
        object["periodSeconds"] = probe.period_seconds;
    if (probe.failures != 0)
        object["failureThreshold"] = probe.failures;
    return object;
}

// Asked every second until the app has started, for as long as the image allows it.
json::object startup_object(const Probe& probe)
{
    json::object object = probe.action;
    object["timeoutSeconds"] = probe.timeout_seconds;
    object["periodSeconds"] = 1;
    object["failureThreshold"] = probe.start_seconds;
    return object;
}

// "/var/lib/app" as "var-lib-app"; what cannot be said so gets a number.
std::vector<std::string> volume_names(const std::vector<std::string>& paths)
{
    std::vector<std::string> names;
    std::set<std::string> taken;
    for (const std::string& path : paths) {
        std::string name = path.substr(1);
        std::ranges::replace(name, '/', '-');
        const bool good = name.size() <= kMaxVolumeName &&
                          std::ranges::all_of(name,
                                              [](char c) {
                                                  return (c >= 'a' && c <= 'z') ||
                                                         (c >= '0' && c <= '9') || c == '-';
                                              }) &&
                          !name.starts_with('-') && !name.ends_with('-');
        if (!good || taken.contains(name))
            name = "writable." + std::to_string(names.size() + 1);
        std::ranges::replace(name, '.', '-');
        taken.insert(name);
        names.push_back(name);
    }
    return names;
}

json::object container(const Workload& workload)
{
    json::object object{{"name", workload.name}, {"image", workload.image}};
    if (!workload.environment.empty())
        object["env"] = environment(workload);
    if (!workload.ports.empty())
        object["ports"] = ports(workload);
    object["securityContext"] = container_security();
    if (workload.probe) {
        if (workload.probe->start_seconds != 0)
            object["startupProbe"] = startup_object(*workload.probe);
        object["readinessProbe"] = probe_object(*workload.probe);
        object["livenessProbe"] = probe_object(*workload.probe);
    }
    if (!workload.pre_stop.empty()) {
        const json::array command{json::string(workload.init), "--sleep",
                                  json::string(workload.pre_stop)};
        object["lifecycle"] =
            json::object{{"preStop", json::object{{"exec", json::object{{"command", command}}}}}};
    }
    const std::vector<std::string> names = volume_names(workload.writable);
    json::array mounts;
    for (std::size_t i = 0; i < names.size(); ++i)
        mounts.push_back(json::object{{"name", names[i]}, {"mountPath", workload.writable[i]}});
    object["volumeMounts"] = mounts;
    return object;
}

json::object pod_spec(const Workload& workload)
{
    json::array volumes;
    for (const std::string& name : volume_names(workload.writable))
        volumes.push_back(json::object{{"name", name}, {"emptyDir", json::object()}});
    return {{"automountServiceAccountToken", false},
            {"enableServiceLinks", false},
            {"securityContext", pod_security(workload)},
            {"terminationGracePeriodSeconds", workload.termination_seconds},
            {"containers", json::array{container(workload)}},
            {"volumes", volumes}};
}

}  // namespace

json::value manifest(const Workload& workload)
{
    if (workload.kind == WorkloadKind::pod)
        return json::object{{"apiVersion", "v1"},
                            {"kind", "Pod"},
                            {"metadata", metadata(workload)},
                            {"spec", pod_spec(workload)}};
    const json::object pod{{"metadata", json::object{{"labels", labels(workload)}}},
                           {"spec", pod_spec(workload)}};
    return json::object{
        {"apiVersion", "apps/v1"},
        {"kind", "Deployment"},
        {"metadata", metadata(workload)},
        {"spec", json::object{{"replicas", workload.replicas},
                              {"selector", json::object{{"matchLabels", labels(workload)}}},
                              {"template", pod}}}};
}

}  // namespace outis::images::kubernetes
