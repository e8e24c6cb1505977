// .dockerignore: what the daemon is not sent. See content/ignore.h for its grammar.
#include <algorithm>
#include <filesystem>
#include <system_error>

#include "content/ignore.h"
#include "dockerfile/dockerfile.h"
#include "host/input.h"

namespace outis::images::dockerfile {

namespace fs = std::filesystem;

namespace {

constexpr const char* kIgnoreFile = ".dockerignore";
constexpr std::size_t kMaxIgnoreFile = 1U << 20;

// A pattern that matches this path alone.
std::string pattern_of(const std::string& path)
{
    std::string pattern;
    for (const char c : path) {
        if (std::string_view("\\*?[").find(c) != std::string_view::npos)
            pattern += '\\';
        pattern += c;
    }
    return pattern;
}

std::vector<std::string> hidden_files(const DockerfileFacts& facts, const content::IgnoreList& list)
{
    std::vector<std::string> hidden;
    std::ranges::copy_if(facts.needed, std::back_inserter(hidden),
                         [&](const std::string& file) { return list.ignores(file); });
    return hidden;
}

}  // namespace

Result<std::string, Error> ignore_text(const DockerfileFacts& facts)
{
    std::string text = "# What the build does not read: an edit of it makes no layer anew.\n";
    for (const std::string& pattern : facts.unneeded)
        text += pattern + "\n";
    const content::IgnoreList list = OUTIS_TRY(content::IgnoreList::parse(text));
    for (const std::string& file : hidden_files(facts, list))
        text += "!" + pattern_of(file) + "\n";
    return text;
}

Result<std::vector<std::string>, Error> ignore_notes(const DockerfileFacts& facts)
{
    const std::string path = (fs::path(facts.context) / kIgnoreFile).lexically_normal().string();
    std::error_code ignored;
    if (!fs::exists(path, ignored))
        return std::vector{"there is no '" + path + "', so all of the context is sent" +
                           (facts.build.empty() ? "" : ", and an edit of any file compiles anew") +
                           "; --dockerignore prints one"};
    const std::string text = OUTIS_TRY(host::read_file(path, kMaxIgnoreFile));
    const content::IgnoreList list = OUTIS_TRY(content::IgnoreList::parse(text, path));
    const std::vector<std::string> hidden = hidden_files(facts, list);
    if (hidden.empty())
        return std::vector<std::string>{};
    const std::string& first = hidden.front();
    return std::vector{"'" + path + "' leaves out what the build needs, such as '" + first +
                       "'; take the pattern out, or end with the line '!" +
                       (first.starts_with("vendor/") ? "vendor" : pattern_of(first)) + "'"};
}

}  // namespace outis::images::dockerfile
