// What others wrote for `docker build`, and what we write for it. The first byte chooses.
//
//     0  a .dockerignore, a NUL, and a path: a folder that is passed over hides nothing that is
//     sent 1  a value, read back as a Dockerfile reads it 2  words divided by NUL, read back as
//     JSON 3  a word, read back as a shell reads it
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/array.hpp>

#include "content/ignore.h"
#include "dockerfile/quote.h"
#include "oci/json.h"
#include "outis/utf8.h"
#include "readers.h"

namespace {

using namespace outis;
using namespace outis::images;
using namespace outis::images::oci;
using namespace outis::images::dockerfile;
using namespace outis::images::golang_builder;

void read_ignore_list(std::string_view text)
{
    const std::size_t end = text.find('\0');
    const std::string path(end == std::string_view::npos ? "a/b" : text.substr(end + 1));
    const auto list = content::IgnoreList::parse(text.substr(0, end));
    if (!list) {
        must(list.error().text.starts_with(".dockerignore"));
        must(list.error().text.find('\n') == std::string::npos);
        return;
    }
    const bool ignored = list.value().ignores(path);
    must(list.value().has_exceptions() || !ignored || list.value().ignores(path + "/x"));
}

// Within double quotes, where '\' takes the next character as it is.
void read_value(std::string_view text)
{
    const std::string value = dockerfile_value(text);
    must(value.size() >= 2 && value.front() == '"' && value.back() == '"');
    std::string read;
    for (std::size_t i = 1; i + 1 < value.size(); ++i) {
        must(value[i] != '"' && value[i] != '$');
        if (value[i] == '\\')
            ++i;
        must(i + 1 < value.size());
        read += value[i];
    }
    must(read == text);
}

void read_exec_form(std::string_view text)
{
    if (!is_utf8(text))
        return;
    std::vector<std::string> words;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find('\0', at), text.size());
        words.emplace_back(text.substr(at, end - at));
        at = end + 1;
    }
    const std::string form = exec_form(words);
    must(form.find('\n') == std::string::npos);
    const auto read = parse_json(form, "form");
    must(read && read.value().is_array());
    const boost::json::array& array = read.value().get_array();
    must(array.size() == words.size());
    for (std::size_t i = 0; i < words.size(); ++i)
        must(array[i].is_string() && array[i].get_string() == words[i]);
}

// POSIX.1-2017, Shell Command Language, 2.2: a '\', or all between two single quotes.
void read_shell_word(std::string_view text)
{
    constexpr std::string_view kSpecial = "|&;<>()$`\"*?[#~{! \t\n";
    const std::string word = shell_word(text);
    must(!word.empty());
    bool quoted = false;
    std::string read;
    for (std::size_t i = 0; i < word.size(); ++i) {
        if (word[i] == '\'') {
            quoted = !quoted;
            continue;
        }
        must(quoted || kSpecial.find(word[i]) == std::string_view::npos);
        if (!quoted && word[i] == '\\')
            must(++i < word.size());
        read += word[i];
    }
    must(!quoted && read == text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    return read_by_first_byte({read_ignore_list, read_value, read_exec_form, read_shell_word}, data,
                              size);
}
