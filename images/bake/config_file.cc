#include "bake/config_file.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <boost/json/string.hpp>
#include <boost/json/value.hpp>

#include "bake/table.h"
#include "host/input.h"
#include "oci/json.h"
#include "outis/sandbox/diagnostic.h"
#include "outis/sandbox/document.h"
#include "outis/sandbox/suggest.h"

namespace outis::images::bake {

namespace fs = std::filesystem;
using sandbox::Complaints;
using sandbox::Value;
using sandbox::ValueKind;

namespace {

constexpr const char* kFileName = "outis.toml";
constexpr const char* kArguments = "arguments";
constexpr std::size_t kMaxConfig = 1U << 20;

// Lists of NAME=VALUE, which a file may also write as a table.
bool is_merged(const OptionRow& row)
{
    return row.name == "env" || row.name == "label" || row.name == "annotation" ||
           row.name == "cap";
}

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

void fill(const OptionRow& row, const Value& value, BakeOptions& options, Complaints& complaints)
{
    if (const auto* words = std::get_if<Words>(&row.field)) {
        const bool table = value.kind == ValueKind::table && is_merged(row);
        options.** words = table ? pairs_of(value, complaints) : words_of(value, complaints);
        return;
    }
    if (const auto* flag = std::get_if<Switch>(&row.field)) {
        if (value.kind != ValueKind::boolean)
            complaints.error(value.place, "expected true or false");
        options.** flag = value.boolean;
        return;
    }
    const std::optional<std::string> word = word_of(value);
    if (!word)
        complaints.error(value.place, "expected a text");
    else if (const auto* one = std::get_if<OneWord>(&row.field))
        options.** one = *word;
    else
        options.*std::get<OptionalWord>(row.field) = *word;
}

const OptionRow* find_row(std::string_view name)
{
    const auto rows = bake_table();
    const auto found = std::ranges::find(rows, name, &OptionRow::name);
    return found == rows.end() ? nullptr : &*found;
}

std::string hint_for(const std::string& key)
{
    std::vector<std::string> names{kArguments};
    for (const OptionRow& row : bake_table())
        names.emplace_back(row.name);
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

void anchor_paths(BakeOptions& options, const fs::path& folder)
{
    for (std::string& file : options.ca_add)
        anchor(file, folder);
    for (std::string& addition : options.add)
        anchor(addition, folder);
    for (std::string& shell : options.debug)
        anchor(shell, folder);
    anchor(options.root, folder);
    anchor_image(options.from, folder);
    anchor(options.tls_ca, folder);
    anchor(options.authfile, folder);
    if (options.ca != "pinned" && options.ca != "host" && options.ca != "none")
        anchor(options.ca, folder);
    if (options.profile.find('/') != std::string::npos || options.profile.ends_with(".toml"))
        anchor(options.profile, folder);
}

// Flags over file, field by field.
BakeOptions merged(const BakeOptions& file, BakeOptions flags)
{
    for (const OptionRow& row : bake_table()) {
        if (const auto* one = std::get_if<OneWord>(&row.field)) {
            if ((flags.**one).empty())
                flags.** one = file.**one;
        } else if (const auto* optional = std::get_if<OptionalWord>(&row.field)) {
            if (!(flags.**optional))
                flags.** optional = file.**optional;
        } else if (const auto* flag = std::get_if<Switch>(&row.field)) {
            flags.** flag = flags.**flag || file.**flag;
        } else {
            const Words field = std::get<Words>(row.field);
            std::vector<std::string> words = file.*field;
            if (is_merged(row))  // the last of two values for a name counts
                words.insert(words.end(), (flags.*field).begin(), (flags.*field).end());
            else if (!(flags.*field).empty())
                words = flags.*field;
            flags.*field = std::move(words);
        }
    }
    if (flags.arguments.empty())
        flags.arguments = file.arguments;
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
                                        const fs::path& folder)
{
    const sandbox::ProfileText source{.file = name, .text = text};
    Complaints complaints(source);
    BakeOptions options;
    const Result<Value, Done> root = sandbox::parse_toml(source, complaints);
    if (root) {
        for (const sandbox::Entry& entry : root.value().entries) {
            const OptionRow* row = find_row(entry.key);
            if (entry.key == kArguments)
                options.arguments = words_of(entry.value, complaints);
            else if (row == nullptr)
                complaints.error(entry.place, "unknown key '" + entry.key + "'",
                                 hint_for(entry.key));
            else
                fill(*row, entry.value, options, complaints);
        }
    }
    const sandbox::Diagnostics found = complaints.take();
    if (!found.empty()) {
        std::string all = sandbox::print(found);
        while (all.ends_with('\n'))
            all.pop_back();
        return bad_input("'" + name + "' is not right:\n" + all);
    }
    anchor_paths(options, folder);
    return options;
}

Result<BakeOptions, Error> with_config_file(BakeOptions flags)
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
    }
    const std::string text = OUTIS_TRY(host::read_file(file, kMaxConfig));
    const BakeOptions written = OUTIS_TRY(parse_config(text, file.string(), file.parent_path()));
    return merged(written, std::move(flags));
}

std::string config_text(const BakeOptions& options)
{
    std::string text;
    for (const OptionRow& row : bake_table()) {
        const std::string name(row.name);
        if (const auto* one = std::get_if<OneWord>(&row.field)) {
            if (!(options.**one).empty())
                text += name + " = " + quoted(options.**one) + "\n";
        } else if (const auto* optional = std::get_if<OptionalWord>(&row.field)) {
            if (options.**optional)
                text += name + " = " + quoted(*(options.**optional)) + "\n";
        } else if (const auto* flag = std::get_if<Switch>(&row.field)) {
            if (options.**flag)
                text += name + " = true\n";
        } else {
            text += line(name, options.*std::get<Words>(row.field));
        }
    }
    return text + line(kArguments, options.arguments);
}

}  // namespace outis::images::bake
