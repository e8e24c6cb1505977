#include "oci/read_config.h"

#include <limits>
#include <string_view>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

namespace outis::images::oci {

namespace json = boost::json;

namespace {

const json::value* field(const json::value* value, std::string_view name)
{
    return value != nullptr && value->is_object() ? value->get_object().if_contains(name) : nullptr;
}

std::string text(const json::value* value)
{
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

// A time or a count, which is never negative.
std::int64_t number(const json::value* value)
{
    return value != nullptr && value->is_int64() && value->get_int64() > 0 ? value->get_int64() : 0;
}

std::vector<std::string> texts(const json::value* value)
{
    std::vector<std::string> list;
    if (value != nullptr && value->is_array()) {
        for (const json::value& item : value->get_array())
            list.push_back(text(&item));
    }
    return list;
}

std::set<std::string> keys(const json::value* value)
{
    std::set<std::string> names;
    if (value != nullptr && value->is_object()) {
        for (const json::key_value_pair& pair : value->get_object())
            names.emplace(pair.key());
    }
    return names;
}

std::map<std::string, std::string> labels(const json::value* value)
{
    std::map<std::string, std::string> pairs;
    if (value != nullptr && value->is_object()) {
        for (const json::key_value_pair& pair : value->get_object())
            pairs.emplace(pair.key(), text(&pair.value()));
    }
    return pairs;
}

std::map<std::string, std::string> environment(const json::value* value)
{
    std::map<std::string, std::string> variables;
    for (const std::string& word : texts(value)) {
        const std::size_t equals = word.find('=');
        if (equals != std::string::npos)
            variables[word.substr(0, equals)] = word.substr(equals + 1);
    }
    return variables;
}

std::optional<HealthCheck> health(const json::value* value)
{
    std::vector<std::string> test = texts(field(value, "Test"));
    if (test.size() < 2 || test.front() != "CMD")
        return std::nullopt;
    test.erase(test.begin());
    const std::int64_t retries = number(field(value, "Retries"));
    return HealthCheck{
        .command = std::move(test),
        .interval_ns = number(field(value, "Interval")),
        .timeout_ns = number(field(value, "Timeout")),
        .start_period_ns = number(field(value, "StartPeriod")),
        .retries = retries > std::numeric_limits<int>::max() ? 0 : static_cast<int>(retries),
    };
}

}  // namespace

RunConfig read_run_config(const json::value& configuration)
{
    const json::value* config = field(&configuration, "config");
    std::string user = text(field(config, "User"));
    if (user.ends_with(':'))
        user.pop_back();  // engines take "USER:" as "USER"
    return RunConfig{
        .user = std::move(user),
        .entrypoint = texts(field(config, "Entrypoint")),
        .arguments = texts(field(config, "Cmd")),
        .environment = environment(field(config, "Env")),
        .labels = labels(field(config, "Labels")),
        .ports = keys(field(config, "ExposedPorts")),
        .volumes = keys(field(config, "Volumes")),
        .workdir = text(field(config, "WorkingDir")),
        .stop_signal = text(field(config, "StopSignal")),
        .health = health(field(config, "Healthcheck")),
    };
}

}  // namespace outis::images::oci
