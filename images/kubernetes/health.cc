#include "kubernetes/health.h"

#include <charconv>
#include <string_view>

#include <boost/json/array.hpp>

#include "kubernetes/entrypoint.h"
#include "view/init_words.h"

namespace outis::images::kubernetes {

namespace json = boost::json;

namespace {

constexpr std::int64_t kTimeoutSeconds = 5;  // of PID 1's --probe
constexpr int kHttpPort = 80;

std::int64_t seconds(std::int64_t nanoseconds)
{
    return (nanoseconds + kNanosecondsASecond - 1) / kNanosecondsASecond;
}

// The port behind "http://" or "tcp://" whose host is left out, and what follows it; else nothing.
struct Address {
    int port = 0;
    std::string rest = {};
};

std::optional<Address> address_of(std::string_view text)
{
    Address address{.port = kHttpPort};
    if (text.starts_with(':')) {
        const auto [end, error] =
            std::from_chars(text.data() + 1, text.data() + text.size(), address.port);
        if (error != std::errc() || address.port < 1 || address.port > 65535)
            return std::nullopt;
        text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    }
    if (!text.empty() && !text.starts_with('/'))
        return std::nullopt;
    address.rest = text.empty() ? "/" : text;
    return address;
}

json::object exec_action(const std::vector<std::string>& command)
{
    return {{"exec", json::object{{"command", json::array(command.begin(), command.end())}}}};
}

json::object action_of(const std::vector<std::string>& command)
{
    // Only the bare words of a bake: other options mean what the kubelet cannot be told.
    if (command.size() != 3 || !view::is_outis_init(command[0]) || command[1] != "--probe")
        return exec_action(command);
    const std::string_view url = command[2];
    constexpr std::string_view kHttp = "http://";
    constexpr std::string_view kTcp = "tcp://";
    if (url.starts_with(kHttp)) {
        if (const auto address = address_of(url.substr(kHttp.size())))
            return {{"httpGet", json::object{{"path", address->rest}, {"port", address->port}}}};
    }
    if (url.starts_with(kTcp) && url.substr(kTcp.size()).starts_with(':')) {
        const auto address = address_of(url.substr(kTcp.size()));
        if (address && address->rest == "/")
            return {{"tcpSocket", json::object{{"port", address->port}}}};
    }
    return exec_action(command);
}

}  // namespace

Probe probe_of(const oci::HealthCheck& health)
{
    return Probe{
        .action = action_of(health.command),
        .timeout_seconds = health.timeout_ns == 0 ? kTimeoutSeconds : seconds(health.timeout_ns),
        .period_seconds = seconds(health.interval_ns),
        .start_seconds = seconds(health.start_period_ns),
        .failures = health.retries,
    };
}

Probe port_probe(int port)
{
    return Probe{.action = {{"tcpSocket", json::object{{"port", port}}}},
                 .timeout_seconds = kTimeoutSeconds};
}

}  // namespace outis::images::kubernetes
