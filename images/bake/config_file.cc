#include "bake/config_file.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <boost/json/string.hpp>
#include <boost/json/value.hpp>

#include "bake/found_file.h"
#include "bake/table.h"
#include "content/profile_source.h"
#include "host/input.h"
#include "oci/json.h"
#include "outis/sandbox/diagnostic.h"
#include "outis/sandbox/document.h"
#include "outis/sandbox/suggest.h"

namespace outis::images::bake {

namespace fs = std::filesystem;
using host::Option;
using host::PathKind;
using sandbox::Complaints;
using sandbox::Value;
using sandbox::ValueKind;

namespace {

constexpr const char* kFileName = "outis.toml";
constexpr const char* kArguments = "arguments";
constexpr std::size_t kMaxConfig = 1U << 20;
constexpr const char* kNameIt = "give it on the command line, or trust the file by -f FILE";

// A word in a file: text, or a number such as a port.
std::optional<std::string> word_of(const Value& value)
{
    if (value.kind == ValueKind::text)
        return value.text;
    if (value.kind == ValueKind::integer)
        return std::to_string(value.integer);
    return std::nullopt;
}

std::vector<std::string> words_of(const Value& value, Complaints& complaints)
{
    std::vector<std::string> words;
    if (const auto word = word_of(value))
        return {*word};
    if (value.kind != ValueKind::list) {
        complaints.error(value.place, "expected a text or a list of texts");
        return words;
    }
    for (const Value& item : value.items) {
        if (const auto word = word_of(item))
            words.push_back(*word);
        else
            complaints.error(item.place, "expected a text");
    }
    return words;
}

std::vector<std::string> pairs_of(const Value& table, Complaints& complaints)
{
    std::vector<std::string> words;
    for (const sandbox::Entry& entry : table.entries) {
        if (const auto word = word_of(entry.value))
            words.push_back(entry.key + "=" + *word);
        else
            complaints.error(entry.value.place, "expected a text");
    }
    return words;
}

void fill(const Option& option, const Value& value, Complaints& complaints)
{
    if (auto* const* list = std::get_if<std::vector<std::string>*>(&option.field)) {
        const bool table = value.kind == ValueKind::table && host::is_map(option);
        **list = table ? pairs_of(value, complaints) : words_of(value, complaints);
        return;
    }
    if (auto* const* flag = std::get_if<bool*>(&option.field)) {
        if (value.kind != ValueKind::boolean)
            complaints.error(value.place, "expected true or false");
        **flag = value.boolean;
        return;
    }
    const std::optional<std::string> word = word_of(value);
    if (!word)
        complaints.error(value.place, "expected a text");
    else if (auto* const* one = std::get_if<std::string*>(&option.field))
        **one = *word;
    else
        *std::get<std::optional<std::string>*>(option.field) = *word;
}

std::string hint_for(const std::string& key, const std::vector<BakeRow>& table)
{
    std::vector<std::string> names{kArguments};
    for (const BakeRow& row : table)
        names.push_back(host::long_name(row.option));
    return sandbox::hint_at(key, names);
}

void anchor(std::string& path, const fs::path& folder)
{
    if (!path.empty() && fs::path(path).is_relative())
        path = (folder / path).lexically_normal().string();
}

// Where it names a file or a folder, with or without its transport.
void anchor_image(std::string& image, const fs::path& folder)
{
    std::size_t start = 0;
    for (const std::string_view transport : {"oci:", "oci-archive:", "docker-archive:"}) {
        if (image.starts_with(transport))
            start = transport.size();
    }
    if (start == 0 && image.find(':') != std::string::npos)
        return;
    std::string path = image.substr(start);
    anchor(path, folder);
    image = image.substr(0, start) + path;
}

void anchor_value(PathKind kind, std::string& value, const fs::path& folder)
{
    switch (kind) {
    case PathKind::none:
    case PathKind::output: return;
    case PathKind::file:
    case PathKind::source: return anchor(value, folder);
    case PathKind::image: return anchor_image(value, folder);
    case PathKind::profile:
        if (content::is_profile_file(value))
            anchor(value, folder);
        return;
    case PathKind::certificates:
        if (value != "pinned" && value != "host" && value != "none")
            anchor(value, folder);
        return;
    }
}

void check_found(const Option& option, const Value& value, const fs::path& folder,
                 Complaints& complaints)
{
    const std::string key = host::long_name(option);
    if (!is_found_key(key))
        return complaints.error(value.place,
                                "'" + key +
                                    "' counts only in a file that was named, not in one "
                                    "that was found beside the app",
                                kNameIt);
    for (std::string word : host::given_values(option)) {
        anchor_value(option.path, word, folder);
        if (const auto refused = found_refusal(option, word, folder))
            complaints.error(value.place, *refused + " counts only in a file that was named",
                             kNameIt);
    }
}

void anchor_paths(const std::vector<BakeRow>& table, const fs::path& folder)
{
    for (const BakeRow& row : table) {
        if (auto* const* one = std::get_if<std::string*>(&row.option.field))
            anchor_value(row.option.path, **one, folder);
        else if (auto* const* list = std::get_if<std::vector<std::string>*>(&row.option.field))
            for (std::string& value : **list)
                anchor_value(row.option.path, value, folder);
    }
}

// A flag wins over the file; values of a map are added behind the file's, and the last counts.
void merge(const Option& file, const Option& flags)
{
    if (host::is_map(flags)) {
        std::vector<std::string>& values = *std::get<std::vector<std::string>*>(flags.field);
        const std::vector<std::string>& others = *std::get<std::vector<std::string>*>(file.field);
        values.insert(values.begin(), others.begin(), others.end());
    } else if (host::given_values(flags).empty()) {
        std::visit([&](auto* field) { *field = *std::get<decltype(field)>(file.field); },
                   flags.field);
    }
}

BakeOptions merged(BakeOptions file, BakeOptions flags)
{
    const std::vector<BakeRow> of_file = bake_table(file);
    const std::vector<BakeRow> of_flags = bake_table(flags);
    for (std::size_t i = 0; i < of_flags.size(); ++i)
        merge(of_file[i].option, of_flags[i].option);
    if (flags.arguments.empty())
        flags.arguments = std::move(file.arguments);
    return flags;
}

// JSON's string is one of TOML's.
std::string quoted(const std::string& text)
{
    return oci::canonical_json(boost::json::value(text));
}

std::string line(std::string_view name, const std::vector<std::string>& words)
{
    std::string list;
    for (const std::string& word : words)
        list += (list.empty() ? "" : ", ") + quoted(word);
    return words.empty() ? "" : std::string(name) + " = [" + list + "]\n";
}

}  // namespace

Result<BakeOptions, Error> parse_config(const std::string& text, const std::string& name,
                                        const fs::path& folder, ConfigOrigin origin)
{
    const sandbox::ProfileText source{.file = name, .text = text};
    Complaints complaints(source);
    BakeOptions options;
    const std::vector<BakeRow> table = bake_table(options);
    const Result<Value, Done> root = sandbox::parse_toml(source, complaints);
    if (root) {
        for (const sandbox::Entry& entry : root.value().entries) {
            const auto row = std::ranges::find(
                table, entry.key, [](const BakeRow& one) { return host::long_name(one.option); });
            if (entry.key == kArguments)
                options.arguments = words_of(entry.value, complaints);
            else if (row == table.end())
                complaints.error(entry.place, "unknown key '" + entry.key + "'",
                                 hint_for(entry.key, table));
            else {
                fill(row->option, entry.value, complaints);
                if (origin == ConfigOrigin::found)
                    check_found(row->option, entry.value, folder, complaints);
            }
        }
    }
    const sandbox::Diagnostics found = complaints.take();
    if (!found.empty())
        return sandbox::failure_of(found);
    anchor_paths(table, folder);
    return options;
}

Result<BakeOptions, Error> with_config_file(BakeOptions flags,
                                            const std::function<void(const std::string&)>& note)
{
    fs::path file = flags.config;
    // A program in a root has no folder of the user's beside it.
    if (flags.config == "none" ||
        (flags.config.empty() && (flags.apps.empty() || !flags.root.empty())))
        return flags;
    std::error_code ignored;
    if (flags.config.empty()) {
        const fs::path app = flags.apps.front();
        file = (fs::is_directory(app, ignored) ? app : app.parent_path()) / kFileName;
        if (!fs::exists(file, ignored))
            return flags;
        if (fs::is_symlink(file, ignored))
            return bad_input("'" + file.string() +
                             "' is a link; name the file by -f FILE, or leave it out by -f none");
        note("options from '" + file.string() + "'");
    }
    const ConfigOrigin origin = flags.config.empty() ? ConfigOrigin::found : ConfigOrigin::named;
    const std::string text = OUTIS_TRY(host::read_file(file, kMaxConfig));
    return merged(OUTIS_TRY(parse_config(text, file.string(), file.parent_path(), origin)),
                  std::move(flags));
}

std::string config_text(BakeOptions options)
{
    std::string text;
    for (const BakeRow& row : bake_table(options)) {
        const std::vector<std::string> values = host::given_values(row.option);
        const std::string name = host::long_name(row.option);
        if (host::is_repeatable(row.option))
            text += line(name, values);
        else if (!values.empty())
            text += name + " = " +
                    (std::holds_alternative<bool*>(row.option.field) ? "true"
                                                                     : quoted(values.front())) +
                    "\n";
    }
    return text + line(kArguments, options.arguments);
}

}  // namespace outis::images::bake
