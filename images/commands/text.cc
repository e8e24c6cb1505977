#include "commands/text.h"

#include <cstdio>
#include <sstream>

#include <boost/json/object.hpp>

#include "oci/json.h"
#include "outis/utf8.h"

namespace outis::images::commands {

namespace {

constexpr std::size_t kLineWidth = 100;

const char* severity_name(sandbox::Severity severity)
{
    switch (severity) {
    case sandbox::Severity::error: return "error";
    case sandbox::Severity::warning: return "warning";
    case sandbox::Severity::note: break;
    }
    return "note";
}

}  // namespace

void print(const std::string& text)
{
    std::fputs(text.c_str(), stdout);
}

void print(const boost::json::value& value)
{
    print(oci::canonical_json(value) + "\n");
}

void complain(const sandbox::Diagnostics& found)
{
    std::fputs(sandbox::print(found).c_str(), stderr);
}

void complain(std::string_view what, const std::vector<std::string>& clauses)
{
    for (const std::string& clause : clauses)
        std::fprintf(stderr, "outis: %.*s%s\n", static_cast<int>(what.size()), what.data(),
                     printable(clause).c_str());
}

sandbox::Diagnostics about(policy::Arch arch, sandbox::Diagnostics notes)
{
    std::erase_if(notes, [arch](const sandbox::Diagnostic& note) {
        return note.arch.value_or(arch) != arch;
    });
    return notes;
}

boost::json::array diagnostics_json(const sandbox::Diagnostics& diagnostics)
{
    boost::json::array list;
    for (const sandbox::Diagnostic& found : diagnostics) {
        boost::json::object item{
            {"column", found.column},   {"file", found.file},
            {"hint", found.hint},       {"line", found.line},
            {"message", found.message}, {"severity", severity_name(found.severity)},
        };
        if (!found.name.empty())
            item["name"] = found.name;
        list.push_back(std::move(item));
    }
    return list;
}

boost::json::array words_json(const std::vector<std::string>& words)
{
    return boost::json::array(words.begin(), words.end());
}

std::string wrapped(const std::vector<std::string>& words, std::size_t indent)
{
    std::string text;
    std::string line;
    for (const std::string& word : words) {
        if (!line.empty() && indent + line.size() + 1 + word.size() > kLineWidth) {
            text += std::string(indent, ' ') + line + "\n";
            line.clear();
        }
        line += (line.empty() ? "" : " ") + word;
    }
    return line.empty() ? text : text + std::string(indent, ' ') + line + "\n";
}

std::string row(std::string_view name, const std::string& text, std::size_t column)
{
    std::istringstream stream(text);
    std::vector<std::string> words;
    for (std::string word; stream >> word;)
        words.push_back(word);
    std::string lines = wrapped(words, column);
    if (lines.empty())
        return std::string(name) + "\n";
    const std::string start = "  " + std::string(name);
    if (start.size() + 1 > column)
        return start + "\n" + lines;
    return start + lines.substr(start.size());
}

}  // namespace outis::images::commands
