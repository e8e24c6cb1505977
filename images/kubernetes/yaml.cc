#include "kubernetes/yaml.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "oci/json.h"

namespace outis::images::kubernetes {

namespace json = boost::json;

namespace {

// Words that a reader of YAML 1.1 takes for something else than text, in lower case.
constexpr std::array<std::string_view, 10> kTaken{"y",   "n",    "yes",   "no",   "on",
                                                  "off", "true", "false", "null", "nan"};

bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_plain(std::string_view text)
{
    if (text.empty() || (!is_letter(text.front()) && text.front() != '/') || text.back() == ':')
        return false;
    const bool harmless = std::ranges::all_of(text, [](char c) {
        return is_letter(c) || (c >= '0' && c <= '9') ||
               std::string_view("/._:@-").find(c) != std::string_view::npos;
    });
    std::string lower(text);
    std::ranges::transform(lower, lower.begin(),
                           [](char c) { return is_letter(c) ? static_cast<char>(c | 0x20) : c; });
    return harmless && std::ranges::find(kTaken, lower) == kTaken.end();
}

// JSON's form of a scalar, or of an empty list or map, is YAML's too.
std::string scalar(const json::value& value)
{
    if (value.is_string() && is_plain(value.get_string()))
        return std::string(value.get_string());
    // But a control character of ASCII that JSON takes as it is.
    constexpr char kDelete = 0x7F;
    std::string text = oci::canonical_json(value);
    for (std::size_t at = text.find(kDelete); at != std::string::npos; at = text.find(kDelete))
        text.replace(at, 1, "\\u007f");
    return text;
}

bool is_block(const json::value& value)
{
    return (value.is_object() && !value.get_object().empty()) ||
           (value.is_array() && !value.get_array().empty());
}

void append(const json::value& value, std::size_t indent, std::string& to);

// A key with its value; a list stands at the level of its key.
void append_pair(const json::key_value_pair& pair, std::size_t indent, std::string& to)
{
    to += scalar(json::string(pair.key())) + ":";
    if (!is_block(pair.value())) {
        to += " " + scalar(pair.value()) + "\n";
        return;
    }
    to += "\n";
    append(pair.value(), pair.value().is_array() ? indent : indent + 2, to);
}

// As deep as the documents made here.
void append(const json::value& value, std::size_t indent, std::string& to)
{
    const std::string blanks(indent, ' ');
    if (value.is_object()) {
        for (const json::key_value_pair& pair : value.get_object()) {
            to += blanks;
            append_pair(pair, indent, to);
        }
        return;
    }
    for (const json::value& item : value.get_array()) {
        to += blanks + "- ";
        if (!is_block(item)) {
            to += scalar(item) + "\n";
            continue;
        }
        // The first line of the item stands behind the dash.
        std::string block;
        append(item, indent + 2, block);
        to += block.substr(indent + 2);
    }
}

}  // namespace

std::string yaml(const json::value& value)
{
    if (!is_block(value))
        return scalar(value) + "\n";
    std::string text;
    append(value, 0, text);
    return text;
}

}  // namespace outis::images::kubernetes
