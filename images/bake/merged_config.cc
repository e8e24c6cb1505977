#include "bake/merged_config.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "oci/annotations.h"
#include "oci/field.h"
#include "oci/json.h"
#include "view/init_words.h"

namespace outis::images::bake {

namespace json = boost::json;

namespace {

constexpr std::array<std::string_view, 3> kStart{"/outis-init", "-p", "/etc/outis/policy"};
constexpr std::string_view kDashes = "--";
constexpr std::array<std::string_view, 3> kMerged{"Labels", "ExposedPorts", "Volumes"};
constexpr std::array<std::string_view, 3> kDecided{"Entrypoint", "Cmd", "User"};

json::object& object_at(json::object& parent, std::string_view name)
{
    json::value& value = parent[name];
    if (!value.is_object())
        value.emplace_object();
    return value.get_object();
}

json::array& array_at(json::object& parent, std::string_view name)
{
    json::value& value = parent[name];
    if (!value.is_array())
        value.emplace_array();
    return value.get_array();
}

std::string_view variable_name(const json::value& variable)
{
    const std::string_view text =
        variable.is_string() ? std::string_view(variable.get_string()) : std::string_view();
    return text.substr(0, text.find('='));
}

// Each in the place where its name stands already, new ones at the end.
void merge_environment(json::array& environment, const json::array& over)
{
    for (const json::value& variable : over) {
        const auto same = std::ranges::find(environment, variable_name(variable), variable_name);
        if (same != environment.end())
            *same = variable;
        else
            environment.push_back(variable);
    }
}

void merge_run(json::object& run, const json::object& over)
{
    for (const std::string_view name : kDecided)
        run.erase(name);
    for (const json::key_value_pair& pair : over) {
        const std::string_view name = pair.key();
        if (name == "Env") {
            merge_environment(array_at(run, name), pair.value().as_array());
        } else if (std::ranges::find(kMerged, name) != kMerged.end()) {
            json::object& set = object_at(run, name);
            for (const json::key_value_pair& row : pair.value().as_object())
                set.insert_or_assign(row.key(), row.value());
        } else {
            run.insert_or_assign(name, pair.value());
        }
    }
}

// What a bake writes: the policy, and perhaps --stop, in two words each.
bool starts_as_baked(const std::vector<std::string>& entrypoint)
{
    const view::InitCommand init = view::init_command(entrypoint);
    const auto is_stop = [](const view::InitOption& option) { return option.name == "stop"; };
    return entrypoint.size() > kStart.size() &&
           std::equal(kStart.begin(), kStart.end(), entrypoint.begin()) &&
           entrypoint[init.app - 1] == kDashes && init.app == 2 + 2 * init.options.size() &&
           std::all_of(init.options.begin() + 1, init.options.end(), is_stop);
}

bool of_layer(const json::value& row)
{
    const json::value* empty = oci::field(row, "empty_layer");
    return empty == nullptr || !empty->is_bool() || !empty->get_bool();
}

// Every layer has a line in the history, or nobody could tell which line is whose.
json::array full_history(const json::value& base, std::size_t layers)
{
    json::array history = oci::list_field(base, "history");
    const auto described = static_cast<std::size_t>(std::ranges::count_if(history, of_layer));
    if (described > layers)
        history.clear();
    for (std::size_t i = described > layers ? 0 : described; i < layers; ++i)
        history.push_back(json::object{{"created_by", "layer " + std::to_string(i + 1)}});
    return history;
}

}  // namespace

Result<std::string, Error> merged_config(const BaseImage& base, const oci::RunConfig& run,
                                         std::span<const Layer> layers, std::int64_t time)
{
    const json::value over = OUTIS_TRY(
        oci::parse_json(oci::config_json(run, base.arch, layers, time), "the configuration"));
    json::object config = base.config.as_object();
    merge_run(object_at(config, "config"), over.at("config").as_object());
    json::array history = full_history(base.config, base.layers.size());
    for (const json::value& row : over.at("history").as_array())
        history.push_back(row);
    config["history"] = std::move(history);
    json::array& diff_ids = array_at(object_at(config, "rootfs"), "diff_ids");
    for (const json::value& diff_id : over.at("rootfs").at("diff_ids").as_array())
        diff_ids.push_back(diff_id);
    if (time != 0 || oci::text_field(base.config, "created").empty())
        config["created"] = over.at("created");
    return oci::canonical_json(config);
}

json::value without_standard_labels(json::value config)
{
    json::object& run = object_at(config.as_object(), "config");
    json::value* labels = run.if_contains("Labels");
    if (labels == nullptr || !labels->is_object())
        return config;
    json::object kept;
    for (const json::key_value_pair& pair : labels->get_object()) {
        if (!std::string_view(pair.key()).starts_with(oci::kReservedPrefix))
            kept.insert(pair);
    }
    *labels = std::move(kept);
    return config;
}

std::string rebased_config(const Rebase& rebase)
{
    json::array history = full_history(rebase.base.config, rebase.base.layers.size());
    std::size_t layer = 0;
    json::array rows = full_history(rebase.config, rebase.layers.size());
    for (json::value& row : rows) {
        layer += of_layer(row) ? 1 : 0;
        if (layer > rebase.first)
            history.push_back(std::move(row));
    }
    json::array diff_ids;
    for (const Layer& below : rebase.base.layers)
        diff_ids.emplace_back(below.diff_id);
    for (const Layer& above : rebase.layers.subspan(rebase.first))
        diff_ids.emplace_back(above.diff_id);
    json::object config = rebase.config.as_object();
    config["history"] = std::move(history);
    object_at(config, "rootfs")["diff_ids"] = std::move(diff_ids);
    json::object& run = object_at(config, "config");
    object_at(run, "Labels")[rebase.label.first] = rebase.label.second;
    if (!rebase.stop.empty())
        merge_environment(array_at(run, "Env"), json::array{"OUTIS_STOP=" + rebase.stop});
    if (!rebase.entrypoint.empty())
        run["Entrypoint"] = json::array(rebase.entrypoint.begin(), rebase.entrypoint.end());
    return oci::canonical_json(config);
}

Result<std::vector<std::string>, Error> behind_init(const std::vector<std::string>& entrypoint)
{
    if (starts_as_baked(entrypoint))
        return entrypoint;
    if (!entrypoint.empty() && entrypoint.front() == kStart.front())
        return bad_input(
            "the image starts '/outis-init' in its own way; only '/outis-init -p "
            "/etc/outis/policy -- ...' can take another policy");
    std::vector<std::string> words(kStart.begin(), kStart.end());
    words.emplace_back(kDashes);
    words.insert(words.end(), entrypoint.begin(), entrypoint.end());
    return words;
}

}  // namespace outis::images::bake
