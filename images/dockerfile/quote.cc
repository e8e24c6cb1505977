#include "dockerfile/quote.h"

#include <algorithm>
#include <cctype>

#include <boost/json/value.hpp>

#include "oci/json.h"

namespace outis::images::dockerfile {

namespace {

constexpr std::string_view kPlain = "@%_-+=:,./";

}  // namespace

bool is_plain(std::string_view word)
{
    return !word.empty() && std::ranges::all_of(word, [](unsigned char c) {
        return std::isalnum(c) != 0 || kPlain.find(static_cast<char>(c)) != std::string_view::npos;
    });
}

Result<Done, Error> require_plain(const std::string& path)
{
    if (!is_plain(path))
        return bad_input("'" + path + "' has characters that mean something in a Dockerfile; " +
                         "give it another name");
    return Done{};
}

std::string dockerfile_value(std::string_view text)
{
    std::string quoted = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\' || c == '$')
            quoted += '\\';
        quoted += c;
    }
    return quoted + '"';
}

std::string exec_form(std::span<const std::string> words)
{
    std::string form = "[";
    for (const std::string& word : words)
        form += (form.size() == 1 ? "" : ", ") + oci::canonical_json(boost::json::value(word));
    return form + "]";
}

std::string shell_word(std::string_view word)
{
    if (is_plain(word))
        return std::string(word);
    std::string quoted = "'";
    for (const char c : word) {
        if (c == '\'')
            quoted += "'\\'";
        quoted += c;
    }
    return quoted + "'";
}

}  // namespace outis::images::dockerfile
