#include "registry/refusal.h"

#include <algorithm>
#include <array>
#include <string_view>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "http/fields.h"
#include "oci/json.h"

namespace outis::images {

namespace json = boost::json;

namespace {

constexpr std::size_t kMaxErrors = 3;

struct Reason {
    int status;
    std::string_view phrase;
};

// RFC 9110, 15; RFC 6585 for 429.
constexpr std::array kReasons{
    Reason{400, "Bad Request"},
    Reason{401, "Unauthorized"},
    Reason{403, "Forbidden"},
    Reason{404, "Not Found"},
    Reason{405, "Method Not Allowed"},
    Reason{408, "Request Timeout"},
    Reason{409, "Conflict"},
    Reason{413, "Content Too Large"},
    Reason{416, "Range Not Satisfiable"},
    Reason{429, "Too Many Requests"},
    Reason{500, "Internal Server Error"},
    Reason{502, "Bad Gateway"},
    Reason{503, "Service Unavailable"},
    Reason{504, "Gateway Timeout"},
};

std::string text_of(const json::object& object, const char* name)
{
    const json::value* value = object.if_contains(name);
    return value != nullptr && value->is_string() ? printable(value->get_string(), kMaxErrorText)
                                                  : "";
}

}  // namespace

std::string refusal(const Response& response, const std::string& doing)
{
    std::string text = doing + ": " + std::to_string(response.status);
    const auto* reason = std::ranges::find(kReasons, response.status, &Reason::status);
    if (reason != kReasons.end())
        text += " " + std::string(reason->phrase);
    const Result<json::value, Error> body = parse_json(response.text, "answer");
    const json::object* root = body ? body.value().if_object() : nullptr;
    const json::value* errors = root != nullptr ? root->if_contains("errors") : nullptr;
    if (errors == nullptr || !errors->is_array())
        return text;
    for (std::size_t i = 0; i < std::min(errors->get_array().size(), kMaxErrors); ++i) {
        const json::object* error = errors->get_array()[i].if_object();
        if (error == nullptr)
            continue;
        for (const std::string& word : {text_of(*error, "code"), text_of(*error, "message")}) {
            if (!word.empty())
                text += ": " + word;
        }
    }
    return text;
}

}  // namespace outis::images
