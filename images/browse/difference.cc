#include "browse/difference.h"

#include <array>
#include <set>
#include <span>
#include <string_view>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "browse/words.h"
#include "oci/field.h"
#include "oci/json.h"
#include "outis/utf8.h"

namespace outis::images::browse {

namespace json = boost::json;

namespace {

using Kind = Difference::Kind;

std::string arrow(const std::string& what, const std::string& from, const std::string& to)
{
    return what + (what.empty() ? "" : " ") + (from.empty() ? "none" : from) + " -> " +
           (to.empty() ? "none" : to);
}

std::string owner(const layers::TarEntry& entry)
{
    return std::to_string(entry.uid) + ":" + std::to_string(entry.gid);
}

std::string short_digest(const std::string& digest)
{
    constexpr std::size_t kShown = 12;
    return digest.substr(digest.find(':') + 1, kShown);
}

// Both are files of other content: their sizes, or digests where the sizes are the same.
void add_content(const view::Node& first, const view::Node& second,
                 std::vector<std::string>& changes)
{
    const layers::TarEntry& old = first.entry.member.entry;
    const layers::TarEntry& fresh = second.entry.member.entry;
    if (first.entry.facts.digest == second.entry.facts.digest)
        return;
    changes.push_back(arrow("content", short_digest(first.entry.facts.digest),
                            short_digest(second.entry.facts.digest)));
    if (old.size != fresh.size)
        changes.push_back(arrow("size", std::to_string(old.size), std::to_string(fresh.size)));
}

std::vector<std::string> changes_of(const view::Node& first, const view::Node& second)
{
    const layers::TarEntry& old = first.entry.member.entry;
    const layers::TarEntry& fresh = second.entry.member.entry;
    std::vector<std::string> changes;
    if (old.kind != fresh.kind || old.mode != fresh.mode)
        changes.push_back(arrow("mode", mode_text(old), mode_text(fresh)));
    if (owner(old) != owner(fresh))
        changes.push_back(arrow("owner", owner(old), owner(fresh)));
    if (old.target != fresh.target && old.kind != layers::EntryKind::hardlink)
        changes.push_back(arrow("target", old.target, fresh.target));
    add_content(first, second, changes);
    const auto& before = first.entry.member.attributes;
    const auto& after = second.entry.member.attributes;
    std::set<std::string> names;
    for (const auto* attributes : {&before, &after}) {
        for (const auto& [name, value] : *attributes)
            names.insert(name);
    }
    for (const std::string& name : names) {
        const auto from = before.find(name);
        const auto to = after.find(name);
        if (from == before.end())
            changes.push_back("attribute " + name + " added");
        else if (to == after.end())
            changes.push_back("attribute " + name + " removed");
        else if (from->second != to->second)
            changes.push_back("attribute " + name + " changed");
    }
    return changes;
}

std::string value_text(const json::value* value)
{
    return value == nullptr ? "" : oci::canonical_json(*value);
}

void add_fields(const json::value& first, const json::value& second,
                std::span<const std::string_view> left_out, std::vector<Difference>& found)
{
    std::set<std::string> names;
    for (const json::value* object : {&first, &second}) {
        if (!object->is_object())
            continue;
        for (const json::key_value_pair& row : object->get_object())
            names.insert(std::string(row.key()));
    }
    for (const std::string_view name : left_out)
        names.erase(std::string(name));
    for (const std::string& name : names) {
        const std::string from = value_text(oci::field(first, name));
        const std::string to = value_text(oci::field(second, name));
        if (from != to)
            found.push_back({.kind = Kind::config, .name = name, .changes = {arrow("", from, to)}});
    }
}

std::string line_of(const Difference& difference)
{
    std::string line;
    switch (difference.kind) {
    case Kind::added: return "+ /" + difference.name;
    case Kind::removed: return "- /" + difference.name;
    case Kind::changed: line = "~ /" + difference.name + ":"; break;
    case Kind::config: line = "~ config " + difference.name + ":"; break;
    }
    for (std::size_t i = 0; i < difference.changes.size(); ++i)
        line += (i == 0 ? " " : ", ") + difference.changes[i];
    return line;
}

Colour colour_of(Kind kind)
{
    switch (kind) {
    case Kind::added: return Colour::green;
    case Kind::removed: return Colour::red;
    case Kind::changed:
    case Kind::config: return Colour::yellow;
    }
    __builtin_trap();
}

const char* kind_name(Kind kind)
{
    switch (kind) {
    case Kind::added: return "added";
    case Kind::removed: return "removed";
    case Kind::changed: return "changed";
    case Kind::config: return "config";
    }
    __builtin_trap();
}

}  // namespace

std::vector<Difference> differences(const view::UnpackedImage& first,
                                    const view::UnpackedImage& second)
{
    std::vector<Difference> found;
    // What follows from the layers is told by the files; "config" is taken apart.
    constexpr std::array<std::string_view, 3> kDerived{"rootfs", "history", "config"};
    add_fields(first.image.config, second.image.config, kDerived, found);
    const json::value empty;
    const auto run_of = [&](const view::UnpackedImage& image) -> const json::value& {
        const json::value* run = oci::field(image.image.config, "config");
        return run == nullptr ? empty : *run;
    };
    add_fields(run_of(first), run_of(second), {}, found);
    auto old = first.files.nodes().begin();
    auto fresh = second.files.nodes().begin();
    const auto old_end = first.files.nodes().end();
    const auto fresh_end = second.files.nodes().end();
    while (old != old_end || fresh != fresh_end) {
        if (fresh == fresh_end || (old != old_end && old->first < fresh->first)) {
            found.push_back({.kind = Kind::removed, .name = (old++)->first});
        } else if (old == old_end || fresh->first < old->first) {
            found.push_back({.kind = Kind::added, .name = (fresh++)->first});
        } else {
            std::vector<std::string> changes = changes_of(old->second, fresh->second);
            if (!changes.empty())
                found.push_back(
                    {.kind = Kind::changed, .name = old->first, .changes = std::move(changes)});
            ++old;
            ++fresh;
        }
    }
    return found;
}

std::string difference_text(const std::vector<Difference>& differences, bool coloured)
{
    std::string text;
    for (const Difference& difference : differences)
        text +=
            painted(printable(line_of(difference)), colour_of(difference.kind), coloured) + "\n";
    return text;
}

std::string difference_json(const std::vector<Difference>& differences)
{
    json::array array;
    for (const Difference& difference : differences) {
        json::array changes;
        for (const std::string& change : difference.changes)
            changes.emplace_back(printable(change));
        array.push_back(json::object{{"kind", kind_name(difference.kind)},
                                     {"name", printable(difference.name)},
                                     {"changes", changes}});
    }
    return oci::canonical_json(array) + "\n";
}

}  // namespace outis::images::browse
