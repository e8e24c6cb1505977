#include "places/answer.h"

#include <boost/json/value.hpp>

#include "host/input.h"
#include "http/fields.h"
#include "oci/field.h"
#include "oci/json.h"

namespace outis::images::places {

namespace json = boost::json;

namespace {

std::string first_words(const json::value& answer)
{
    // Podman's own words stand under "cause", its frame under "message".
    for (const char* name : {"error", "message", "cause"}) {
        const std::string words = oci::text_field(answer, name);
        if (!words.empty())
            return words;
    }
    return {};
}

}  // namespace

std::string daemon_words(std::string_view text)
{
    const Result<json::value, Error> answer = oci::parse_json(text, "answer");
    const std::string words = answer ? first_words(answer.value()) : std::string(text);
    std::string line = http::printable_line(words, kMaxDaemonWords);
    while (line.ends_with(' ') || line.ends_with('.'))
        line.pop_back();
    return line;
}

Result<Done, Error> DaemonAnswer::take(Bytes bytes)
{
    for (const char c : host::as_text(bytes)) {
        if (c == '\n') {
            look_at_line();
            continue;
        }
        if (line_.size() == kMaxAnswerLine)
            return unavailable("it answers with a line of more than 1 MiB");
        line_ += c;
    }
    return Done{};
}

std::string DaemonAnswer::finish()
{
    look_at_line();
    return error_;
}

void DaemonAnswer::look_at_line()
{
    const Result<json::value, Error> answer = oci::parse_json(line_, "answer");
    if (error_.empty() && answer && !oci::text_field(answer.value(), "error").empty())
        error_ = daemon_words(line_);
    if (const std::string text = answer ? oci::text_field(answer.value(), "stream") : "";
        tell_ && !text.empty())
        tell_(text);
    line_.clear();
}

}  // namespace outis::images::places
