// What a container sees: the layers of an image applied one after the other.
// Source: OCI image specification 1.1, layer.md.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "view/layer_reader.h"

namespace outis::images::view {

constexpr std::string_view kWhiteout = ".wh.";
constexpr std::string_view kOpaque = ".wh..wh..opq";

struct Node {
    LayerEntry entry = {};       // of a hard link: that of the file, with its own path
    std::size_t layer = 0;       // that has it, from 0
    std::string same_file = {};  // of a hard link: the path of the name that came first
    bool implied = false;        // a directory that no layer lists
};

// What went wrong when an entry was applied.
enum class Outcome {
    applied,
    nothing_to_remove,
    parent_is_no_folder,
    link_without_file,
    link_to_lower_layer,
    too_many_names,
};

constexpr std::size_t kMaxNames = 1'000'000;  // of an image, folders that no layer lists among them
constexpr std::size_t kMaxMadeBytes = std::size_t{256} << 20;

// Where a path leads, and how many names were looked up on the way.
struct Way {
    std::optional<std::string> path = {};
    std::size_t names = 0;
};

class Flattened {
public:
    // Layers are numbered upwards; entries without '..' in the order of their layer.
    Outcome apply(LayerEntry entry, std::size_t layer);

    // By path without the '/' at its start, sorted; the root itself is not there.
    [[nodiscard]] const std::map<std::string, Node>& nodes() const { return nodes_; }

    // The path that `path` leads to, every symbolic link followed below the root; nothing if one
    // of its folders is missing, or none at all, or if the links go round. The last name need not
    // exist.
    [[nodiscard]] std::optional<std::string> resolve(std::string_view path) const
    {
        return follow(path).path;
    }

    [[nodiscard]] Way follow(std::string_view path) const;

    // What `path` leads to; null if there is nothing.
    [[nodiscard]] const Node* find(std::string_view path) const;

private:
    Outcome remove(const std::string& path, std::size_t layer);
    Outcome remove_below(const std::string& folder, std::size_t layer);
    void drop(const std::string& path, std::size_t layer);
    Outcome link(LayerEntry entry, std::size_t layer);
    void put(const std::string& path, Node node);
    Outcome make_folders(const std::string& path, std::size_t layer);

    bool take_room(std::size_t bytes);

    std::map<std::string, Node> nodes_;
    std::size_t made_bytes_ = 0;  // of copies that hard links are, and folders that no layer lists
};

// The folder's part and the last name of a plain path: "a/b" as "a" and "b".
std::string folder_part(const std::string& path);
std::string name_part(const std::string& path);

}  // namespace outis::images::view
