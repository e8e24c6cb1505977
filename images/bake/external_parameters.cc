#include "bake/external_parameters.h"

#include <algorithm>
#include <optional>
#include <variant>
#include <vector>

#include <boost/json/array.hpp>

#include "bake/table.h"
#include "host/words.h"

namespace outis::images::bake {

namespace json = boost::json;

namespace {

// What -X sets may be a secret: "-s -X main.key=secret" as "-s -X main.key".
std::string without_values(const std::string& flags)
{
    if (flags.starts_with("-ldflags") || flags.starts_with("--ldflags"))
        return flags.substr(0, flags.find('='));
    std::vector<std::string> words = host::split_quoted(flags);
    for (std::size_t i = 0; i < words.size(); ++i) {
        for (const std::string_view option : {"-X=", "--X="}) {
            if (words[i].starts_with(option))
                words[i].resize(std::min(words[i].find('=', option.size()), words[i].size()));
        }
        if ((words[i] == "-X" || words[i] == "--X") && i + 1 < words.size()) {
            ++i;
            words[i].resize(std::min(words[i].find('='), words[i].size()));
        }
    }
    return host::joined(words, " ");
}

// The part of a value that others may read, if any.
std::optional<std::string> public_value(Provenance provenance, const std::string& value)
{
    switch (provenance) {
    case Provenance::nothing: return std::nullopt;
    case Provenance::all: return value;
    case Provenance::name: return value.substr(0, value.find('='));
    case Provenance::place: return value.substr(value.find(':') + 1);
    case Provenance::file: return host::base_name_of(value);
    case Provenance::unless_path:
        return names_absolute_path(value) ? std::nullopt : std::optional(value);
    case Provenance::link_flags:
        return names_absolute_path(value) ? std::nullopt : std::optional(without_values(value));
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

json::object external_parameters(BakeOptions options, std::int64_t time)
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
    for (const BakeRow& row : bake_table(options)) {
        json::array values;
        for (const std::string& value : host::given_values(row.option)) {
            if (const auto shown = public_value(row.use.provenance, value))
                values.emplace_back(*shown);
        }
        if (values.empty())
            continue;
        json::value& entry = given[host::long_name(row.option)];
        if (std::holds_alternative<bool*>(row.option.field))
            entry = true;
        else
            entry = std::move(values);
    }
    parameters["options"] = std::move(given);
    if (options.product == Product::base || options.product == Product::certificates)
        parameters["product"] = options.product == Product::base ? "base" : "certificates";
    return parameters;
}

}  // namespace outis::images::bake
