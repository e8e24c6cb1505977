#include "view/config.h"

#include <algorithm>
#include <cctype>
#include <set>
#include <string_view>

#include "oci/annotations.h"
#include "oci/config.h"
#include "oci/field.h"

namespace outis::images::view {

namespace json = boost::json;

namespace {

bool is_digits(std::string_view text)
{
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

bool is_text(const json::value& value)
{
    return value.is_string();
}

void wrong(Findings& findings, Rule rule, std::string text)
{
    findings.push_back({.rule = rule, .text = std::move(text)});
}

// A list of texts, if it is there at all.
void check_texts(const json::value& run, const char* name, Findings& findings)
{
    const json::value* list = oci::field(run, name);
    if (list == nullptr)
        return;
    if (!list->is_array() || !std::ranges::all_of(list->get_array(), is_text))
        wrong(findings, Rule::config_field, "'" + std::string(name) + "' is no list of texts");
}

// A map from names to empty objects, if it is there at all; each name is asked.
template <typename Good>
void check_names(const json::value& run, const char* name, Findings& findings, const Good& good)
{
    const json::value* map = oci::field(run, name);
    if (map == nullptr)
        return;
    if (!map->is_object()) {
        wrong(findings, Rule::config_field, "'" + std::string(name) + "' is no map");
        return;
    }
    for (const json::key_value_pair& row : map->get_object()) {
        const std::string key(row.key());
        if (!row.value().is_object() || !row.value().get_object().empty())
            wrong(findings, Rule::config_field,
                  "'" + std::string(name) + "' has more than a name in '" + key + "'");
        if (!good(key))
            wrong(findings, Rule::config_entry,
                  "'" + std::string(name) + "' has the malformed entry '" + key + "'");
    }
}

void check_environment(const json::value& run, Findings& findings)
{
    check_texts(run, "Env", findings);
    std::set<std::string> names;
    for (const std::string& text : oci::texts_field(run, "Env")) {
        const std::size_t equals = text.find('=');
        if (equals == std::string::npos || equals == 0)
            wrong(findings, Rule::config_field, "'Env' has '" + text + "', which is no NAME=VALUE");
        else if (!names.insert(text.substr(0, equals)).second)
            wrong(findings, Rule::variable_twice,
                  "'Env' has '" + text.substr(0, equals) + "' twice");
    }
}

// RFC 3339: "1970-01-01T00:00:00Z", with fractions of a second or an offset as others write them.
bool is_time(std::string_view text)
{
    constexpr std::string_view kForm = "0000-00-00T00:00:00";
    if (text.size() <= kForm.size() ||
        !std::ranges::equal(text.substr(0, kForm.size()), kForm, [](char c, char form) {
            return form == '0' ? std::isdigit(static_cast<unsigned char>(c)) != 0 : c == form;
        }))
        return false;
    text.remove_prefix(kForm.size());
    if (text.starts_with('.')) {
        text.remove_prefix(1);
        const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
        if (digits == 0)
            return false;
        text.remove_prefix(digits);
    }
    if (text == "Z")
        return true;
    return text.size() == 6 && (text[0] == '+' || text[0] == '-') && is_digits(text.substr(1, 2)) &&
           text[3] == ':' && is_digits(text.substr(4));
}

// A text that is there must be as `good` wants it.
template <typename Good>
void check_text(const json::value& object, const char* name, Findings& findings, const Good& good)
{
    const json::value* value = oci::field(object, name);
    if (value != nullptr && (!value->is_string() || !good(std::string(value->get_string()))))
        wrong(findings, Rule::config_field, "'" + std::string(name) + "' is malformed");
}

// "USER" or "USER:GROUP", each a number or a name. Engines take "USER:" as "USER".
void check_user(const json::value& run, Findings& findings)
{
    bool named = false;
    check_text(run, "User", findings, [&](const std::string& user) {
        const std::size_t colon = user.find(':');
        const std::size_t end = user.ends_with(':') ? user.size() - 1 : user.size();
        const std::string group = colon >= end ? "0" : user.substr(colon + 1);
        named = !is_digits(user.substr(0, colon)) || !is_digits(group);
        return user.empty() || (colon != 0 && !group.empty() && group.find(':') == group.npos);
    });
    const std::string user = oci::text_field(run, "User");
    if (named && !user.empty())
        wrong(findings, Rule::user_name, "'User' is '" + user + "', a name");
}

// Rows that are not marked as empty tell of a layer each.
void check_history(const json::value& configuration, Findings& findings)
{
    const json::value* root = oci::field(configuration, "rootfs");
    if (root == nullptr || oci::field(configuration, "history") == nullptr)
        return;
    const json::array& history = oci::list_field(configuration, "history");
    const auto filled = std::ranges::count_if(history, [](const json::value& row) {
        const json::value* empty = oci::field(row, "empty_layer");
        return empty == nullptr || !empty->is_bool() || !empty->get_bool();
    });
    const std::size_t layers = oci::texts_field(*root, "diff_ids").size();
    if (static_cast<std::size_t>(filled) != layers)
        wrong(findings, Rule::config_history,
              "'history' tells of " + std::to_string(filled) + " layers, not of " +
                  std::to_string(layers));
}

}  // namespace

Findings annotation_findings(const json::value* map, const std::string& what)
{
    Findings findings;
    if (map == nullptr)
        return findings;
    if (!map->is_object()) {
        wrong(findings, Rule::annotation_form, what + " is in no map");
        return findings;
    }
    for (const json::key_value_pair& row : map->get_object()) {
        const std::string key(row.key());
        if (key.empty() || !row.value().is_string())
            wrong(findings, Rule::annotation_form, what + " '" + key + "' is no text");
        else if (!oci::may_name(key))
            wrong(findings, Rule::reserved_key,
                  what + " '" + key + "' has a prefix that is OCI's own");
    }
    return findings;
}

Findings config_findings(const json::value& configuration)
{
    Findings findings;
    check_text(configuration, "created", findings, is_time);
    check_history(configuration, findings);
    const json::value* run = oci::field(configuration, "config");
    if (run == nullptr)
        return findings;
    check_texts(*run, "Entrypoint", findings);
    check_texts(*run, "Cmd", findings);
    check_environment(*run, findings);
    const auto absolute = [](const std::string& path) { return path.starts_with('/'); };
    check_names(*run, "Volumes", findings, absolute);
    check_names(*run, "ExposedPorts", findings,
                [](const std::string& port) { return static_cast<bool>(oci::parse_port(port)); });
    check_user(*run, findings);
    check_text(*run, "WorkingDir", findings,
               [&](const std::string& path) { return path.empty() || absolute(path); });
    check_text(*run, "StopSignal", findings, [](const std::string& name) {
        return name.empty() || name.starts_with("SIG") || is_digits(name);
    });
    const json::value* health = oci::field(*run, "Healthcheck");
    if (health != nullptr)
        check_texts(*health, "Test", findings);
    const Findings labels = annotation_findings(oci::field(*run, "Labels"), "label");
    findings.insert(findings.end(), labels.begin(), labels.end());
    return findings;
}

}  // namespace outis::images::view
