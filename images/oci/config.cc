#include "oci/config.h"

#include <array>
#include <charconv>
#include <cstdio>
#include <ctime>
#include <string_view>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "oci/json.h"
#include "outis/sandbox/arch.h"

namespace outis::images::oci {

namespace json = boost::json;

namespace {

json::array strings(const std::vector<std::string>& texts)
{
    json::array array;
    for (const std::string& text : texts)
        array.emplace_back(text);
    return array;
}

json::object set_of(const std::set<std::string>& names)
{
    json::object object;
    for (const std::string& name : names)
        object[name] = json::object();
    return object;
}

json::object health_object(const HealthCheck& health)
{
    json::array test{"CMD"};
    for (const std::string& word : health.command)
        test.emplace_back(word);
    json::object object{{"Test", test}};
    if (health.interval_ns != 0)
        object["Interval"] = health.interval_ns;
    if (health.timeout_ns != 0)
        object["Timeout"] = health.timeout_ns;
    if (health.start_period_ns != 0)
        object["StartPeriod"] = health.start_period_ns;
    if (health.retries != 0)
        object["Retries"] = health.retries;
    return object;
}

json::object run_object(const RunConfig& run)
{
    json::object object;
    if (!run.user.empty())
        object["User"] = run.user;
    if (!run.entrypoint.empty())
        object["Entrypoint"] = strings(run.entrypoint);
    if (!run.arguments.empty())
        object["Cmd"] = strings(run.arguments);
    json::array environment;
    for (const auto& [name, value] : run.environment)
        environment.emplace_back(name + "=" + value);
    if (!environment.empty())
        object["Env"] = environment;
    json::object labels;
    for (const auto& [name, value] : run.labels)
        labels[name] = value;
    if (!labels.empty())
        object["Labels"] = labels;
    if (!run.ports.empty())
        object["ExposedPorts"] = set_of(run.ports);
    if (!run.volumes.empty())
        object["Volumes"] = set_of(run.volumes);
    if (!run.workdir.empty())
        object["WorkingDir"] = run.workdir;
    if (!run.stop_signal.empty())
        object["StopSignal"] = run.stop_signal;
    if (run.health)
        object["Healthcheck"] = health_object(*run.health);
    return object;
}

bool good_port(std::string_view text)
{
    unsigned port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    return error == std::errc() && end == text.data() + text.size() && port >= 1 && port <= 65535;
}

}  // namespace

Result<std::string, Error> parse_port(const std::string& text)
{
    const std::size_t slash = text.find('/');
    const std::string ports = text.substr(0, slash);
    const std::string protocol = slash == std::string::npos ? "tcp" : text.substr(slash + 1);
    const std::size_t dash = ports.find('-');
    const bool good = good_port(ports.substr(0, dash)) &&
                      (dash == std::string::npos || good_port(ports.substr(dash + 1))) &&
                      (protocol == "tcp" || protocol == "udp" || protocol == "sctp");
    if (!good)
        return bad_input(
            "port '" + text +
            "' must be a number from 1 to 65535, then '/tcp', '/udp', '/sctp' or nothing");
    return ports + "/" + protocol;
}

std::string rfc3339(std::int64_t seconds)
{
    const std::time_t time = seconds;
    std::tm parts = {};
    ::gmtime_r(&time, &parts);
    std::array<char, 32> text{};
    const std::size_t size = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
    return {text.data(), size};
}

std::string config_json(const RunConfig& run, policy::Arch arch, std::span<const Layer> layers,
                        std::int64_t created)
{
    const std::string time = rfc3339(created);
    json::array diff_ids;
    json::array history;
    for (const Layer& layer : layers) {
        diff_ids.emplace_back(layer.diff_id);
        history.push_back(json::object{{"created", time}, {"created_by", layer.created_by}});
    }
    return canonical_json(json::object{
        {"architecture", std::string(sandbox::arch_name(arch))},
        {"config", run_object(run)},
        {"created", time},
        {"history", history},
        {"os", "linux"},
        {"rootfs", json::object{{"diff_ids", diff_ids}, {"type", "layers"}}},
    });
}

}  // namespace outis::images::oci
