#include "oci/validate_config.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <set>
#include <string_view>

#include "oci/annotations.h"
#include "oci/config.h"

namespace outis::images {

namespace json = boost::json;

namespace {

using Problems = std::vector<std::string>;

const json::value* member(const json::value& value, const char* name)
{
    return value.is_object() ? value.get_object().if_contains(name) : nullptr;
}

bool is_text(const json::value& value)
{
    return value.is_string();
}

// A list of texts, if it is there at all.
void check_texts(const json::value& run, const char* name, Problems& problems)
{
    const json::value* list = member(run, name);
    if (list == nullptr)
        return;
    if (!list->is_array() || !std::ranges::all_of(list->get_array(), is_text))
        problems.push_back("'" + std::string(name) + "' is no list of texts");
}

// A map from names to empty objects, if it is there at all; each name is asked.
template <typename Rule>
void check_names(const json::value& run, const char* name, Problems& problems, const Rule& good)
{
    const json::value* map = member(run, name);
    if (map == nullptr)
        return;
    if (!map->is_object()) {
        problems.push_back("'" + std::string(name) + "' is no map");
        return;
    }
    for (const json::key_value_pair& row : map->get_object()) {
        const std::string key(row.key());
        if (!row.value().is_object() || !row.value().get_object().empty() || !good(key))
            problems.push_back("'" + std::string(name) + "' has the malformed entry '" + key + "'");
    }
}

void check_environment(const json::value& run, Problems& problems)
{
    check_texts(run, "Env", problems);
    const json::value* list = member(run, "Env");
    std::set<std::string> names;
    for (const json::value& row :
         list != nullptr && list->is_array() ? list->get_array() : json::array()) {
        const std::string text = row.is_string() ? std::string(row.get_string()) : "";
        const std::size_t equals = text.find('=');
        if (equals == std::string::npos || equals == 0)
            problems.push_back("'Env' has '" + text + "', which is no NAME=VALUE");
        else if (!names.insert(text.substr(0, equals)).second)
            problems.push_back("'Env' has '" + text.substr(0, equals) + "' twice");
    }
}

// "UID" or "UID:GID": kubelets take no names under runAsNonRoot.
bool numeric_user(std::string_view text)
{
    const auto digits = [](std::string_view part) {
        return !part.empty() &&
               std::ranges::all_of(part, [](char c) { return c >= '0' && c <= '9'; });
    };
    const std::size_t colon = text.find(':');
    return digits(text.substr(0, colon)) &&
           (colon == std::string_view::npos || digits(text.substr(colon + 1)));
}

bool is_time(std::string_view text)
{
    constexpr std::string_view kForm = "0000-00-00T00:00:00Z";
    return text.size() == kForm.size() && std::ranges::equal(text, kForm, [](char c, char form) {
               return form == '0' ? std::isdigit(static_cast<unsigned char>(c)) != 0 : c == form;
           });
}

// A text that is there must be as `good` wants it.
template <typename Rule>
void check_text(const json::value& object, const char* name, Problems& problems, const Rule& good)
{
    const json::value* value = member(object, name);
    if (value != nullptr && (!value->is_string() || !good(std::string(value->get_string()))))
        problems.push_back("'" + std::string(name) + "' is malformed");
}

bool absolute(const std::string& path)
{
    return path.starts_with('/');
}

}  // namespace

Problems annotation_problems(const json::value* map, const std::string& what)
{
    Problems problems;
    if (map == nullptr)
        return problems;
    if (!map->is_object())
        return {what + " is in no map"};
    for (const json::key_value_pair& row : map->get_object()) {
        const std::string key(row.key());
        if (key.empty() || !row.value().is_string())
            problems.push_back(what + " '" + key + "' is no text");
        else if (!may_name(key))
            problems.push_back(what + " '" + key + "' has a prefix that is OCI's own");
    }
    return problems;
}

Problems run_problems(const json::value& configuration)
{
    Problems problems;
    check_text(configuration, "created", problems, is_time);
    const json::value* run = member(configuration, "config");
    if (run == nullptr)
        return problems;
    check_texts(*run, "Entrypoint", problems);
    check_texts(*run, "Cmd", problems);
    check_environment(*run, problems);
    check_names(*run, "Volumes", problems, absolute);
    check_names(*run, "ExposedPorts", problems, [](const std::string& port) {
        const auto parsed = parse_port(port);
        return parsed && parsed.value() == port;
    });
    check_text(*run, "User", problems, numeric_user);
    check_text(*run, "WorkingDir", problems, absolute);
    check_text(*run, "StopSignal", problems,
               [](const std::string& name) { return name.starts_with("SIG"); });
    const json::value* health = member(*run, "Healthcheck");
    if (health != nullptr)
        check_texts(*health, "Test", problems);
    const Problems labels = annotation_problems(member(*run, "Labels"), "label");
    problems.insert(problems.end(), labels.begin(), labels.end());
    return problems;
}

}  // namespace outis::images
