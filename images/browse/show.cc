#include "browse/show.h"

#include <utility>
#include <vector>

#include <boost/json/array.hpp>

#include "browse/words.h"
#include "host/input.h"
#include "host/words.h"
#include "oci/field.h"
#include "oci/json.h"
#include "outis/base/policy.h"
#include "outis/utf8.h"
#include "view/start.h"

namespace outis::images::browse {

namespace json = boost::json;

namespace {

struct ShownLayer {
    view::FoundLayer layer = {};
    std::uint64_t packed = 0;    // bytes of the blob
    std::uint64_t unpacked = 0;  // bytes of its tar
    std::size_t entries = 0;
    std::string created_by = {};
};

struct ShownPolicy {
    std::string path = {};   // in the image; empty: none
    std::string name = {};   // of the profile it was compiled from
    std::string facts = {};  // "nobody (65534), no_new_privs, seccomp filter of 84 instructions"
};

struct Shown {
    view::FoundImage image = {};
    std::vector<ShownLayer> layers = {};
    ShownPolicy policy = {};
};

constexpr std::string_view kPolicyPath = "/etc/outis/policy";

std::string user_of(const policy::Ids& ids)
{
    if (ids.uid == policy::kById)
        return "user " + std::string(host::as_text(ids.user_name));
    return "user " + std::to_string(ids.uid);
}

std::string facts_of(const policy::View& policy)
{
    std::string facts;
    const auto add = [&](const std::string& fact) { facts += (facts.empty() ? "" : ", ") + fact; };
    if (policy.ids)
        add(user_of(*policy.ids));
    if (policy.capabilities)
        add(policy.capabilities->permitted == 0 ? "no capabilities" : "capabilities kept");
    if (policy.process && policy.process->has(policy::kNoNewPrivs))
        add("no_new_privs");
    if (policy.seccomp)
        add("seccomp filter of " + std::to_string(policy.seccomp->program.size() / 8) +
            " instructions");
    if (policy.landlock)
        add("Landlock");
    if (policy.limits)
        add("limits");
    if (policy.exec)
        add("one execve");
    if (policy.process && policy.process->has(policy::kLocked))
        add("locked");
    return facts.empty() ? "applies nothing" : facts;
}

ShownPolicy policy_of(const view::Flattened& files, const json::value& config)
{
    const view::Start start = view::read_start(config);
    const std::string place = start.policy.empty() ? std::string(kPolicyPath) : start.policy;
    if (place.find('/') == std::string::npos)
        return {.name = place, .facts = "built into PID 1"};
    const view::Node* node = files.find(place);
    if (node == nullptr)
        return {};
    ShownPolicy shown{.path = "/" + node->entry.member.entry.path};
    const auto policy = policy::read(host::as_bytes(node->entry.facts.text));
    if (policy) {
        shown.name = policy.value().name.data();
        shown.facts = facts_of(policy.value());
    } else {
        shown.facts = policy::text(policy.error());
    }
    return shown;
}

// Of the layers alone: the history has rows that made none.
std::vector<std::string> created_by(const json::value& config)
{
    std::vector<std::string> texts;
    for (const json::value& row : oci::list_field(config, "history")) {
        const json::value* empty = oci::field(row, "empty_layer");
        if (empty == nullptr || !empty->is_bool() || !empty->get_bool())
            texts.push_back(oci::text_field(row, "created_by"));
    }
    return texts;
}

std::vector<std::string> keys_of(const json::value* map)
{
    std::vector<std::string> keys;
    if (map != nullptr && map->is_object()) {
        for (const json::key_value_pair& row : map->get_object())
            keys.emplace_back(row.key());
    }
    return keys;
}

class Page {
public:
    // A row that says nothing is left out.
    void row(const std::string& name, const std::string& value)
    {
        constexpr std::size_t kColumn = 13;
        if (!value.empty())
            text_ +=
                "  " + name + std::string(kColumn - name.size(), ' ') + printable(value) + "\n";
    }

    void rows(const std::string& name, const std::vector<std::string>& values)
    {
        for (std::size_t i = 0; i < values.size(); ++i)
            row(i == 0 ? name : "", values[i]);
    }

    void line(const std::string& text) { text_ += printable(text) + "\n"; }

    [[nodiscard]] const std::string& text() const { return text_; }

private:
    std::string text_;
};

void write_run(const json::value& config, Page& page)
{
    const json::value* found = oci::field(config, "config");
    const json::value none;
    const json::value& run = found == nullptr ? none : *found;
    page.row("user", oci::text_field(run, "User"));
    page.row("entrypoint", command_text(oci::texts_field(run, "Entrypoint")));
    page.row("arguments", command_text(oci::texts_field(run, "Cmd")));
    page.row("directory", oci::text_field(run, "WorkingDir"));
    page.rows("environment", oci::texts_field(run, "Env"));
    page.row("ports", host::joined(keys_of(oci::field(run, "ExposedPorts")), ", "));
    page.row("volumes", host::joined(keys_of(oci::field(run, "Volumes")), ", "));
    page.row("stop signal", oci::text_field(run, "StopSignal"));
    if (const json::value* health = oci::field(run, "Healthcheck"))
        page.row("health", command_text(oci::texts_field(*health, "Test")));
    const json::value* labels = oci::field(run, "Labels");
    std::vector<std::string> lines;
    for (const std::string& key : keys_of(labels))
        lines.push_back(key + "=" + oci::text_field(*labels, key));
    page.rows("labels", lines);
}

void write_layers(const Shown& shown, Page& page)
{
    std::uint64_t packed = 0;
    std::uint64_t unpacked = 0;
    for (const ShownLayer& layer : shown.layers) {
        packed += layer.packed;
        unpacked += layer.unpacked;
    }
    page.row("layers", std::to_string(shown.layers.size()) + ", " + size_text(packed) +
                           " packed, " + size_text(unpacked) + " unpacked");
    for (std::size_t i = 0; i < shown.layers.size(); ++i) {
        const ShownLayer& layer = shown.layers[i];
        page.row("  " + std::to_string(i + 1), layer.layer.name + ", " + size_text(layer.packed) +
                                                   " packed, " + size_text(layer.unpacked) +
                                                   " unpacked, " + std::to_string(layer.entries) +
                                                   " entries");
        page.row("", layer.created_by);
    }
}

json::object layer_object(const ShownLayer& layer)
{
    return {{"name", printable(layer.layer.name)},
            {"media_type", printable(layer.layer.media_type)},
            {"diff_id", printable(layer.layer.diff_id)},
            {"packed_size", layer.packed},
            {"unpacked_size", layer.unpacked},
            {"entries", layer.entries},
            {"created_by", printable(layer.created_by)}};
}

Result<std::vector<Shown>, Error> all_shown(const Members& members, const std::string& platform)
{
    std::vector<Shown> all;
    const view::FindMember& find = members.find;
    for (view::FoundImage& image : OUTIS_TRY(images_of(members, platform))) {
        view::UnpackedImage content = view::unpack_layers(find, image, {});
        const std::vector<std::string> history = created_by(image.config);
        Shown shown{.policy = policy_of(content.files, image.config)};
        for (std::size_t i = 0; i < image.layers.size(); ++i) {
            const std::optional<Bytes> blob = find(image.layers[i].path);
            shown.layers.push_back({.layer = image.layers[i],
                                    .packed = blob ? blob->size() : 0,
                                    .unpacked = content.layers[i].unpacked,
                                    .entries = content.layers[i].entries,
                                    .created_by = i < history.size() ? history[i] : ""});
        }
        shown.image = std::move(image);
        all.push_back(std::move(shown));
    }
    return all;
}

std::string show_text(const std::vector<Shown>& images)
{
    Page page;
    for (const Shown& shown : images) {
        const view::FoundImage& image = shown.image;
        page.line(image.platform + (image.tag.empty() ? "" : " " + image.tag));
        page.row("manifest", image.digest);
        page.row("config", image.config_name);
        page.row("created", oci::text_field(image.config, "created"));
        write_run(image.config, page);
        const ShownPolicy& policy = shown.policy;
        page.row("policy", policy.name + (policy.path.empty() ? "" : " (" + policy.path + ")") +
                               (policy.facts.empty() ? "" : ": " + policy.facts));
        write_layers(shown, page);
    }
    return page.text();
}

std::string show_json(const std::vector<Shown>& images)
{
    json::array array;
    for (const Shown& shown : images) {
        json::array layers;
        for (const ShownLayer& layer : shown.layers)
            layers.push_back(layer_object(layer));
        array.push_back(json::object{
            {"platform", printable(shown.image.platform)},
            {"tag", printable(shown.image.tag)},
            {"manifest", shown.image.digest},
            {"config_digest", printable(shown.image.config_name)},
            {"config", shown.image.config},
            {"layers", layers},
            {"policy", json::object{{"path", printable(shown.policy.path)},
                                    {"name", printable(shown.policy.name)},
                                    {"facts", printable(shown.policy.facts)}}},
        });
    }
    return oci::canonical_json(array) + "\n";
}

}  // namespace

Result<std::string, Error> show_image(const Members& members, const std::string& platform,
                                      ShowAs form)
{
    const std::vector<Shown> images = OUTIS_TRY(all_shown(members, platform));
    return form == ShowAs::json ? show_json(images) : show_text(images);
}

}  // namespace outis::images::browse
