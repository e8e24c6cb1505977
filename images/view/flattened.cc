#include "view/flattened.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace outis::images::view {

namespace {

constexpr std::size_t kBytesAStep = 64;      // of a path that is looked up
constexpr std::size_t kKnownFolders = 4096;  // of which the real path is remembered

std::string joined(const std::string& folder, const std::string& name)
{
    return folder.empty() ? name : folder + "/" + name;
}

// The names of a path, the last one first, so that the next is at the end.
std::vector<std::string> names_backwards(std::string_view path)
{
    std::vector<std::string> names;
    while (!path.empty()) {
        const std::size_t slash = path.rfind('/');
        const std::size_t at = slash == std::string_view::npos ? 0 : slash + 1;
        if (at < path.size())
            names.emplace_back(path.substr(at));
        path = path.substr(0, slash == std::string_view::npos ? 0 : slash);
    }
    return names;
}

Node folder_node(const std::string& path, std::size_t layer)
{
    Node node{.layer = layer, .implied = true};
    node.entry.member.entry = layers::TarEntry{
        .path = path, .kind = layers::EntryKind::directory, .mode = layers::kDirectoryMode};
    node.entry.member.type = '5';
    return node;
}

layers::EntryKind kind_of(const Node& node)
{
    return node.entry.member.entry.kind;
}

}  // namespace

std::string folder_part(const std::string& path)
{
    const std::size_t slash = path.rfind('/');
    return slash == std::string::npos ? "" : path.substr(0, slash);
}

std::string name_part(const std::string& path)
{
    return path.substr(path.rfind('/') + 1);
}

Way Flattened::follow(std::string_view path) const
{
    std::vector<std::string> names = names_backwards(path);
    std::string at;
    Way way;
    int links = 0;
    while (!names.empty()) {
        const std::string name = std::move(names.back());
        names.pop_back();
        ++way.names;
        way.steps += 1 + at.size() / kBytesAStep;
        if (name == ".")
            continue;
        if (name == "..") {
            at = folder_part(at);
            continue;
        }
        std::string next = joined(at, name);
        const auto found = nodes_.find(next);
        if (found == nodes_.end()) {
            if (names.empty())
                way.path = std::move(next);
            return way;
        }
        if (kind_of(found->second) == layers::EntryKind::symlink) {
            const std::string& target = found->second.entry.member.entry.target;
            if (++links > layers::kMaxLinks)
                return way;
            if (target.starts_with('/'))
                at.clear();
            for (std::string& part : names_backwards(target))
                names.push_back(std::move(part));
            continue;
        }
        if (!names.empty() && kind_of(found->second) != layers::EntryKind::directory)
            return way;
        at = std::move(next);
    }
    way.path = std::move(at);
    return way;
}

const Node* Flattened::find(std::string_view path) const
{
    const std::optional<std::string> real = resolve(path);
    const auto found = real ? nodes_.find(*real) : nodes_.end();
    return found == nodes_.end() ? nullptr : &found->second;
}

std::optional<std::string> Flattened::counted(std::string_view path)
{
    Way way = follow(path);
    steps_ += way.steps;
    return std::move(way.path);
}

// What the layer before had is below this one's.
void Flattened::begin_layer(std::size_t layer)
{
    if (layer != layer_)
        lower_.merge(own_);
    layer_ = layer;
}

Outcome Flattened::apply(LayerEntry entry, std::size_t layer)
{
    begin_layer(layer);
    if (++steps_ > max_steps_)
        return Outcome::too_many_steps;
    layers::TarEntry& own = entry.member.entry;
    own.path = plain_path(own.path);
    if (own.path.empty())
        return Outcome::applied;  // the root's own attributes
    const std::string name = name_part(own.path);
    if (name.starts_with(kWhiteout))
        return white_out(own.path, layer);
    if (nodes_.size() >= layers::kMaxNames)
        return Outcome::too_many_names;
    const Folder folder = make_folders(folder_part(own.path), layer);
    if (folder.outcome != Outcome::applied)
        return folder.outcome;
    own.path = joined(folder.path, name);
    if (own.kind == layers::EntryKind::hardlink)
        return link(std::move(entry), layer);
    const std::string path = own.path;
    put(path, Node{.entry = std::move(entry), .layer = layer});
    return Outcome::applied;
}

Outcome Flattened::white_out(const std::string& path, std::size_t layer)
{
    const std::string name = name_part(path);
    const auto known = folders_.find(folder_part(path));
    const std::optional<std::string> folder =
        known != folders_.end() ? std::optional(known->second) : counted(folder_part(path));
    if (!folder)
        return Outcome::nothing_to_remove;
    return name == kOpaque ? remove_below(*folder, layer)
                           : remove(joined(*folder, name.substr(kWhiteout.size())), layer);
}

// Counts what no layer lists by itself.
bool Flattened::take_room(std::size_t bytes)
{
    steps_ += bytes / kBytesAStep;
    made_bytes_ += std::min(bytes, layers::kMaxMadeBytes);
    return made_bytes_ <= layers::kMaxMadeBytes && nodes_.size() < layers::kMaxNames;
}

// The folder at a path without links, made if it is missing.
Flattened::Folder Flattened::make_folder(const std::string& path, std::size_t layer)
{
    const auto found = nodes_.find(path);
    if (found != nodes_.end())
        return {.outcome = kind_of(found->second) == layers::EntryKind::directory
                               ? Outcome::applied
                               : Outcome::parent_is_no_folder,
                .path = path};
    Node folder = folder_node(path, layer);
    if (!take_room(path.size() + sizeof(Node) + kept_bytes(folder.entry)))
        return {.outcome = Outcome::too_many_names};
    put(path, std::move(folder));
    return {.path = path};
}

// Makes what is missing of a folder's path, following links: of where a link leads the last name
// alone may be missing.
Flattened::Folder Flattened::make_folders(const std::string& path, std::size_t layer)
{
    if (const auto known = folders_.find(path); known != folders_.end())
        return {.path = known->second};
    std::vector<std::string> names = names_backwards(path);
    Folder at;
    std::size_t own = names.size();  // names of `path` itself; those above them come from links
    int links = 0;
    while (!names.empty()) {
        const std::string name = std::move(names.back());
        names.pop_back();
        own = std::min(own, names.size());
        steps_ += 1 + at.path.size() / kBytesAStep;
        if (name == ".")
            continue;
        if (name == "..") {
            at.path = folder_part(at.path);
            continue;
        }
        const std::string next = joined(at.path, name);
        const auto found = nodes_.find(next);
        if (found != nodes_.end() && kind_of(found->second) == layers::EntryKind::symlink) {
            const std::string& target = found->second.entry.member.entry.target;
            if (++links > layers::kMaxLinks)
                return {.outcome = Outcome::parent_is_no_folder};
            if (target.starts_with('/'))
                at.path.clear();
            for (std::string& part : names_backwards(target))
                names.push_back(std::move(part));
            continue;
        }
        if (found == nodes_.end() && names.size() > own)
            return {.outcome = Outcome::parent_is_no_folder};
        at = make_folder(next, layer);
        if (at.outcome != Outcome::applied)
            return at;
    }
    if (folders_.size() >= kKnownFolders)
        folders_.clear();
    folders_.insert_or_assign(path, at.path);
    return at;
}

void Flattened::put(const std::string& path, Node node)
{
    const auto found = nodes_.find(path);
    const bool stays_folder = found != nodes_.end() &&
                              kind_of(found->second) == layers::EntryKind::directory &&
                              kind_of(node) == layers::EntryKind::directory;
    if (found != nodes_.end() && !stays_folder) {
        const std::string below = path + "/";
        for (auto at = nodes_.lower_bound(below);
             at != nodes_.end() && at->first.starts_with(below); at = nodes_.erase(at))
            forget(at->first);
        folders_.clear();
    }
    lower_.erase(path);
    const auto at = nodes_.insert_or_assign(path, std::move(node)).first;
    own_.insert(at->first);
}

Outcome Flattened::link(LayerEntry entry, std::size_t layer)
{
    const layers::TarEntry own = entry.member.entry;
    const auto target = nodes_.find(counted(plain_path(own.target)).value_or(""));
    if (target == nodes_.end() || kind_of(target->second) == layers::EntryKind::directory ||
        target->first == own.path)
        return Outcome::link_without_file;
    if (!take_room(own.path.size() + sizeof(Node) + kept_bytes(target->second.entry)))
        return Outcome::too_many_names;
    Node node = target->second;
    const bool lower = node.layer != layer;
    if (node.same_file.empty())
        node.same_file = target->first;
    node.entry.member.entry.path = own.path;
    node.layer = layer;
    put(own.path, std::move(node));
    return lower ? Outcome::link_to_lower_layer : Outcome::applied;
}

// The path and all below it, as far as layers under `layer` have it.
Outcome Flattened::remove(const std::string& path, std::size_t layer)
{
    const Outcome below = remove_below(path, layer);
    const auto found = nodes_.find(path);
    if (found == nodes_.end() || found->second.layer >= layer)
        return below;
    drop(path, layer);
    return Outcome::applied;
}

Outcome Flattened::remove_below(const std::string& folder, std::size_t layer)
{
    const std::string prefix = folder.empty() ? "" : folder + "/";
    std::vector<std::string> lower;
    for (auto at = lower_.lower_bound(prefix); at != lower_.end() && at->starts_with(prefix); ++at)
        lower.emplace_back(*at);
    // Backwards, so that what is in a folder is decided before the folder.
    for (auto path = lower.rbegin(); path != lower.rend(); ++path)
        drop(*path, layer);
    return lower.empty() ? Outcome::nothing_to_remove : Outcome::applied;
}

// A folder in which `layer` has something of its own stays for that.
void Flattened::drop(const std::string& path, std::size_t layer)
{
    ++steps_;
    folders_.clear();
    const auto next = nodes_.lower_bound(path + "/");
    const bool stays = next != nodes_.end() && next->first.starts_with(path + "/");
    forget(path);
    if (!stays) {
        nodes_.erase(path);
        return;
    }
    const auto at = nodes_.insert_or_assign(path, folder_node(path, layer)).first;
    own_.insert(at->first);
}

// Before the node is erased or becomes another layer's.
void Flattened::forget(const std::string& path)
{
    ++steps_;
    lower_.erase(path);
    own_.erase(path);
}

}  // namespace outis::images::view
