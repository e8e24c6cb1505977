// The files of a layer before they are packed: what is where, with which owner and mode.
// Times are not part of it: every entry of a layer gets the same.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <variant>

#include "outis/error.h"

namespace outis::images::layers {

enum class EntryKind : std::uint8_t {
    file,
    directory,
    symlink,
    hardlink,
    special,  // a device or a pipe: layers of others may hold one, a tree of ours never does
};

// Bytes in memory, or a file of the host that is read while packing.
using Content = std::variant<std::string, std::filesystem::path>;

struct Entry {
    EntryKind kind = EntryKind::file;
    std::uint32_t mode = 0644;
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    Content content = {};         // of a file
    std::string target = {};      // of a symlink as it stands; of a hard link a key of the tree
    std::string capability = {};  // raw security.capability of a file, or empty
    bool is_program = false;      // of two names for the same bytes this one stays
};

// Keys are paths in the image without the leading '/': "etc/passwd". Their order, bytewise, puts
// parents before what they hold.
using Tree = std::map<std::string, Entry>;

constexpr std::uint32_t kFileMode = 0644;
constexpr std::uint32_t kProgramMode = 0755;
constexpr std::uint32_t kHiddenProgramMode = 0111;
constexpr std::uint32_t kDirectoryMode = 0755;
constexpr std::uint32_t kLinkMode = 0777;
constexpr std::size_t kMaxPathLength = 4095;  // PATH_MAX less the NUL
constexpr std::size_t kMaxNameLength = 255;   // NAME_MAX

// The key for an absolute path in the image, '//', '/.' and a final '/' taken out.
// Refused: relative paths, '..', names over 255 bytes, and names starting with '.wh.', which
// layers reserve for deletions (OCI image specification, layer.md).
Result<std::string, Error> tree_key(std::string_view path_in_image);

Entry file_entry(Content content, std::uint32_t mode = kFileMode);
Entry directory_entry(std::uint32_t mode = kDirectoryMode);
Entry symlink_entry(std::string target);
Entry hardlink_entry(std::string key_of_target);

// Adds every directory that is missing above an entry, 0755 and of root.
// An entry below something that is no directory is an error.
Result<Done, Error> add_parents(Tree& tree);

// Moves every entry whose path leads through a symbolic link, of `below` or of the tree itself, to
// where it leads: "lib/x" to "usr/lib/x" if "lib" is a link. A layer that held a directory in the
// place of a link below it would hide all that the link leads to. Two entries in one place with
// different bytes are an error.
Result<Tree, Error> behind_links(const Tree& tree, const Tree& below);

// What a walk does with an entry: a folder may be left out and still be looked into.
enum class Visit : std::uint8_t { take, look_below, pass_over };

// Asked of every entry by its path below the folder, "a/b".
using Choose =
    std::function<Visit(const std::string& name, const std::filesystem::directory_entry& entry)>;

// Every file and directory below `folder` under `key` that `choose` takes, modes 0644 or 0755 by
// the owner's execute bit, of root. Names of one file become hard links of the first. Symbolic
// links stay as they are.
Result<Done, Error> add_folder(Tree& tree, const std::string& key,
                               const std::filesystem::path& folder, const Choose& choose = nullptr);

}  // namespace outis::images::layers
