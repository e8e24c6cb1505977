#include "view/flattened.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace outis::images::view {

namespace {

constexpr int kMaxLinks = 40;  // as Linux follows in one path

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
    std::size_t seen = 0;
    int links = 0;
    while (!names.empty()) {
        const std::string name = std::move(names.back());
        names.pop_back();
        ++seen;
        if (name == ".")
            continue;
        if (name == "..") {
            at = folder_part(at);
            continue;
        }
        const std::string next = joined(at, name);
        const auto found = nodes_.find(next);
        if (found == nodes_.end())
            return {.path = names.empty() ? std::optional(next) : std::nullopt, .names = seen};
        if (kind_of(found->second) == layers::EntryKind::symlink) {
            const std::string& target = found->second.entry.member.entry.target;
            if (++links > kMaxLinks)
                return {.names = seen};
            if (target.starts_with('/'))
                at.clear();
            for (std::string& part : names_backwards(target))
                names.insert(names.end(), std::move(part));
            continue;
        }
        if (!names.empty() && kind_of(found->second) != layers::EntryKind::directory)
            return {.names = seen};
        at = next;
    }
    return {.path = at, .names = seen};
}

const Node* Flattened::find(std::string_view path) const
{
    const std::optional<std::string> real = resolve(path);
    const auto found = real ? nodes_.find(*real) : nodes_.end();
    return found == nodes_.end() ? nullptr : &found->second;
}

Outcome Flattened::apply(LayerEntry entry, std::size_t layer)
{
    layers::TarEntry& own = entry.member.entry;
    own.path = plain_path(own.path);
    if (own.path.empty())
        return Outcome::applied;  // the root's own attributes
    const std::string name = name_part(own.path);
    const std::optional<std::string> folder = resolve(folder_part(own.path));
    if (name.starts_with(kWhiteout)) {
        if (!folder)
            return Outcome::nothing_to_remove;
        return name == kOpaque ? remove_below(*folder, layer)
                               : remove(joined(*folder, name.substr(kWhiteout.size())), layer);
    }
    if (nodes_.size() >= kMaxNames)
        return Outcome::too_many_names;
    const Outcome made = make_folders(folder_part(own.path), layer);
    if (made != Outcome::applied)
        return made;
    own.path = joined(*resolve(folder_part(own.path)), name);
    if (own.kind == layers::EntryKind::hardlink)
        return link(std::move(entry), layer);
    const std::string path = own.path;
    put(path, Node{.entry = std::move(entry), .layer = layer});
    return Outcome::applied;
}

// Counts what no layer lists by itself.
bool Flattened::take_room(std::size_t bytes)
{
    made_bytes_ += std::min(bytes, kMaxMadeBytes);
    return made_bytes_ <= kMaxMadeBytes && nodes_.size() < kMaxNames;
}

// Makes what is missing of a folder's path, following links.
Outcome Flattened::make_folders(const std::string& path, std::size_t layer)
{
    std::string at;
    for (std::string_view rest = path; !rest.empty();) {
        const std::size_t slash = std::min(rest.find('/'), rest.size());
        at = joined(at, std::string(rest.substr(0, slash)));
        rest.remove_prefix(std::min(slash + 1, rest.size()));
        const std::optional<std::string> real = resolve(at);
        if (!real)
            return Outcome::parent_is_no_folder;
        at = *real;
        const auto found = nodes_.find(at);
        if (found == nodes_.end() && !at.empty()) {
            Node folder = folder_node(at, layer);
            if (!take_room(at.size() + sizeof(Node) + kept_bytes(folder.entry)))
                return Outcome::too_many_names;
            nodes_.emplace(at, std::move(folder));
        } else if (found != nodes_.end() &&
                   kind_of(found->second) != layers::EntryKind::directory) {
            return Outcome::parent_is_no_folder;
        }
    }
    return Outcome::applied;
}

void Flattened::put(const std::string& path, Node node)
{
    const auto found = nodes_.find(path);
    const bool stays_folder = found != nodes_.end() &&
                              kind_of(found->second) == layers::EntryKind::directory &&
                              kind_of(node) == layers::EntryKind::directory;
    if (found != nodes_.end() && !stays_folder)
        remove(path, node.layer + 1);
    nodes_[path] = std::move(node);
}

Outcome Flattened::link(LayerEntry entry, std::size_t layer)
{
    const layers::TarEntry own = entry.member.entry;
    const auto target = nodes_.find(resolve(plain_path(own.target)).value_or(""));
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
    for (auto at = nodes_.lower_bound(prefix); at != nodes_.end() && at->first.starts_with(prefix);
         ++at) {
        if (at->second.layer < layer)
            lower.push_back(at->first);
    }
    // Backwards, so that what is in a folder is decided before the folder.
    for (auto path = lower.rbegin(); path != lower.rend(); ++path)
        drop(*path, layer);
    return lower.empty() ? Outcome::nothing_to_remove : Outcome::applied;
}

// A folder in which `layer` has something of its own stays for that.
void Flattened::drop(const std::string& path, std::size_t layer)
{
    const auto next = nodes_.lower_bound(path + "/");
    if (next != nodes_.end() && next->first.starts_with(path + "/"))
        nodes_[path] = folder_node(path, layer);
    else
        nodes_.erase(path);
}

}  // namespace outis::images::view
