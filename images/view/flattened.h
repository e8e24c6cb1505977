// What a container sees: the layers of an image applied one after the other.
// Source: OCI image specification 1.1, layer.md.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "layers/limits.h"
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
    too_many_steps,
};

// Where a path leads, how many names were looked up on the way, and how much work that was.
struct Way {
    std::optional<std::string> path = {};
    std::size_t names = 0;
    std::size_t steps = 0;
};

class Flattened {
public:
    Flattened() = default;

    explicit Flattened(std::size_t max_steps) : max_steps_(max_steps) {}

    Flattened(Flattened&&) noexcept = default;
    Flattened& operator=(Flattened&&) noexcept = default;
    Flattened(const Flattened&) = delete;
    Flattened& operator=(const Flattened&) = delete;
    ~Flattened() = default;

    // Layers are numbered upwards; entries without '..' in the order of their layer.
    // Work is linear in the entries: a folder's path is walked once as long as nothing is removed,
    // a whiteout visits only what it removes, and what links and deep paths cost beyond that is
    // counted.
    Outcome apply(LayerEntry entry, std::size_t layer);

    // How much work apply() was, in the unit of layers::kMaxSteps.
    [[nodiscard]] std::size_t steps() const { return steps_; }

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
    // A folder's real path, or why there is none.
    struct Folder {
        Outcome outcome = Outcome::applied;
        std::string path = {};
    };

    void begin_layer(std::size_t layer);
    Outcome white_out(const std::string& path, std::size_t layer);
    Outcome remove(const std::string& path, std::size_t layer);
    Outcome remove_below(const std::string& folder, std::size_t layer);
    void drop(const std::string& path, std::size_t layer);
    void forget(const std::string& path);
    Outcome link(LayerEntry entry, std::size_t layer);
    void put(const std::string& path, Node node);
    Folder make_folders(const std::string& path, std::size_t layer);
    Folder make_folder(const std::string& path, std::size_t layer);
    std::optional<std::string> counted(std::string_view path);

    bool take_room(std::size_t bytes);

    std::map<std::string, Node> nodes_;
    // Keys of nodes_: what the layer that is being applied has, and what is left of those below it.
    std::set<std::string_view> own_;
    std::set<std::string_view> lower_;
    std::size_t layer_ = 0;
    std::map<std::string, std::string, std::less<>>
        folders_;                 // by path: the real one, if it is one
    std::size_t made_bytes_ = 0;  // of copies that hard links are, and folders that no layer lists
    std::size_t steps_ = 0;
    std::size_t max_steps_ = layers::kMaxSteps;
};

// The folder's part and the last name of a plain path: "a/b" as "a" and "b".
std::string folder_part(const std::string& path);
std::string name_part(const std::string& path);

}  // namespace outis::images::view
