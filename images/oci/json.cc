#include "oci/json.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <vector>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace outis::images::oci {

namespace json = boost::json;

namespace {

void append_string(std::string_view text, std::string& to)
{
    to += '"';
    for (const char c : text) {
        switch (c) {
        case '"': to += "\\\""; break;
        case '\\': to += "\\\\"; break;
        case '\b': to += "\\b"; break;
        case '\f': to += "\\f"; break;
        case '\n': to += "\\n"; break;
        case '\r': to += "\\r"; break;
        case '\t': to += "\\t"; break;
        default:
            if (static_cast<unsigned char>(c) < 0x20) {
                char escaped[7];
                std::snprintf(escaped, sizeof escaped, "\\u%04x", static_cast<unsigned>(c));
                to += escaped;
            } else {
                to += c;
            }
        }
    }
    to += '"';
}

// "2.5" and "2.0", where Boost writes "2.5E0" and "2E0".
void append_double(double value, std::string& to)
{
    std::array<char, 32> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
    const std::string_view digits(text.data(), static_cast<std::size_t>(end - text.data()));
    to += digits;
    if (digits.find_first_of(".e") == std::string_view::npos)
        to += ".0";
}

// The depth is that of documents made here, or what parse_json allows.
void append_value(const json::value& value, std::string& to)
{
    switch (value.kind()) {
    case json::kind::null: to += "null"; break;
    case json::kind::bool_: to += value.get_bool() ? "true" : "false"; break;
    case json::kind::int64: to += std::to_string(value.get_int64()); break;
    case json::kind::uint64: to += std::to_string(value.get_uint64()); break;
    case json::kind::double_: append_double(value.get_double(), to); break;
    case json::kind::string: append_string(value.get_string(), to); break;
    case json::kind::array: {
        char before = '[';
        for (const json::value& item : value.get_array()) {
            to += before;
            append_value(item, to);
            before = ',';
        }
        to += value.get_array().empty() ? "[]" : "]";
        break;
    }
    case json::kind::object: {
        std::vector<const json::key_value_pair*> pairs;
        for (const json::key_value_pair& pair : value.get_object())
            pairs.push_back(&pair);
        std::ranges::sort(pairs, {},
                          [](const auto* pair) { return std::string_view(pair->key()); });
        char before = '{';
        for (const json::key_value_pair* pair : pairs) {
            to += before;
            append_string(pair->key(), to);
            to += ':';
            append_value(pair->value(), to);
            before = ',';
        }
        to += pairs.empty() ? "{}" : "}";
        break;
    }
    }
}

}  // namespace

std::string canonical_json(const json::value& value)
{
    std::string text;
    append_value(value, text);
    return text;
}

Result<json::value, Error> parse_json(std::string_view text, const std::string& name)
{
    json::error_code error;
    json::value value = json::parse({text.data(), text.size()}, error);
    if (error)
        return bad_input("'" + name + "' is not JSON: " + error.message());
    return value;
}

}  // namespace outis::images::oci
