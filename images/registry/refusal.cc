#include "registry/refusal.h"

#include <algorithm>
#include <array>
#include <string_view>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "http/fields.h"
#include "oci/field.h"
#include "oci/json.h"

namespace outis::images::registry {

namespace json = boost::json;

namespace {

constexpr std::size_t kMaxErrors = 3;
constexpr std::size_t kMaxDetail = 200;

struct Reason {
    int status;
    std::string_view phrase;
};

// RFC 9110, 15; RFC 6585 for 429.
constexpr std::array kReasons{
    Reason{400, "Bad Request"},        Reason{401, "Unauthorized"},
    Reason{403, "Forbidden"},          Reason{404, "Not Found"},
    Reason{405, "Method Not Allowed"}, Reason{407, "Proxy Authentication Required"},
    Reason{408, "Request Timeout"},    Reason{409, "Conflict"},
    Reason{413, "Content Too Large"},  Reason{416, "Range Not Satisfiable"},
    Reason{429, "Too Many Requests"},  Reason{500, "Internal Server Error"},
    Reason{502, "Bad Gateway"},        Reason{503, "Service Unavailable"},
    Reason{504, "Gateway Timeout"},
};

// Of what we have sent; elsewhere the detail repeats the question.
bool says_why(int status)
{
    return status == 400 || status == 415;
}

std::string detail_of(const json::value& error)
{
    const json::value* detail = oci::field(error, "detail");
    if (detail == nullptr || detail->is_null())
        return "";
    const std::string text =
        detail->is_string() ? std::string(detail->get_string()) : json::serialize(*detail);
    const std::string line = http::printable_line(text, kMaxDetail);
    return line.empty() ? "" : " (" + line + ")";
}

}  // namespace

std::string refusal(const http::Response& response, const std::string& doing, int expected)
{
    if (response.status < 400 && expected != 0)
        return doing + ": answered " + std::to_string(response.status) + " where " +
               std::to_string(expected) + " was expected; is there a registry at this address?";
    std::string text = doing + ": " + std::to_string(response.status);
    const auto* reason = std::ranges::find(kReasons, response.status, &Reason::status);
    if (reason != kReasons.end())
        text += " " + std::string(reason->phrase);
    const Result<json::value, Error> body = oci::parse_json(response.text, "answer");
    if (!body)
        return text;
    const json::array& errors = oci::list_field(body.value(), "errors");
    for (std::size_t i = 0; i < std::min(errors.size(), kMaxErrors); ++i) {
        for (const char* name : {"code", "message"}) {
            const std::string word =
                http::printable_line(oci::text_field(errors[i], name), http::kMaxErrorText);
            if (!word.empty())
                text += ": " + word;
        }
        if (says_why(response.status))
            text += detail_of(errors[i]);
    }
    return text;
}

}  // namespace outis::images::registry
