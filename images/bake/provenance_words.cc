#include "bake/provenance_words.h"

#include <optional>
#include <variant>
#include <vector>

#include <boost/json/array.hpp>

#include "bake/table.h"
#include "host/words.h"

namespace outis::images::bake {

namespace json = boost::json;

namespace {

// The word as it may be told, if at all.
std::optional<std::string> told_word(Told told, const std::string& word)
{
    switch (told) {
    case Told::nothing: return std::nullopt;
    case Told::all: return word;
    case Told::name: return word.substr(0, word.find('='));
    case Told::place: return word.substr(word.find(':') + 1);
    case Told::file: return host::base_name_of(word);
    case Told::unless_path: return names_absolute_path(word) ? std::nullopt : std::optional(word);
    }
    __builtin_trap();
}

}  // namespace

bool names_absolute_path(std::string_view word)
{
    for (std::size_t at = word.find('/'); at != std::string_view::npos;
         at = word.find('/', at + 1)) {
        // "-L/usr/lib": a short option's letter belongs to the option, not to the path.
        const bool short_option = at >= 2 && word[at - 2] == '-';
        if (at == 0 || short_option ||
            std::string_view(" \t=:,;'\"").find(word[at - 1]) != std::string_view::npos)
            return true;
    }
    return false;
}

json::object told_parameters(const BakeOptions& options, std::int64_t time)
{
    json::object parameters{{"SOURCE_DATE_EPOCH", time}};
    json::array apps;
    for (const std::string& app : options.apps)
        apps.emplace_back(host::base_name_of(app));
    parameters["apps"] = std::move(apps);
    json::array arguments;
    for (const std::string& word : options.arguments)
        arguments.emplace_back(word);
    parameters["arguments"] = std::move(arguments);
    json::object given;
    for (const OptionRow& row : bake_table()) {
        const std::string name(row.name);
        const std::vector<std::string> all = given_words(row, options);
        if (std::holds_alternative<Switch>(row.field)) {
            if (!all.empty() && row.told == Told::all)
                given[name] = true;
            continue;
        }
        json::array words;
        for (const std::string& word : all) {
            if (const std::optional<std::string> told = told_word(row.told, word))
                words.emplace_back(*told);
        }
        if (!words.empty())
            given[name] = std::move(words);
    }
    parameters["options"] = std::move(given);
    if (options.product != Product::app)
        parameters["product"] = options.product == Product::base ? "base" : "certificates";
    return parameters;
}

}  // namespace outis::images::bake
