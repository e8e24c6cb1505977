#include "content/additions.h"

#include <charconv>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include "content/accounts.h"
#include "content/base.h"
#include "host/input.h"

namespace outis::images::content {

namespace fs = std::filesystem;

namespace {

// PATH[:MODE[:UID:GID]], taken apart from the path on.
struct Place {
    std::string path = {};
    std::optional<std::uint32_t> mode = {};
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
};

std::optional<std::uint32_t> parse_mode(std::string_view text)
{
    constexpr std::uint32_t kHighest = 01777;
    std::uint32_t mode = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), mode, 8);
    if (error != std::errc() || end != text.data() + text.size() || mode > kHighest)
        return std::nullopt;
    return mode;
}

std::vector<std::string_view> fields_of(std::string_view text)
{
    std::vector<std::string_view> fields;
    while (true) {
        const std::size_t colon = text.find(':');
        fields.push_back(text.substr(0, colon));
        if (colon == std::string_view::npos)
            return fields;
        text.remove_prefix(colon + 1);
    }
}

Result<Place, Error> parse_place(std::string_view text, const std::string& whole)
{
    const std::vector<std::string_view> fields = fields_of(text);
    Place place{.path = std::string(fields[0])};
    if (fields.size() == 3 || fields.size() > 4)
        return bad_input("'" + whole + "' must end in PATH[:MODE[:UID:GID]]");
    if (fields.size() >= 2) {
        place.mode = parse_mode(fields[1]);
        if (!place.mode)
            return bad_input("'" + whole + "' has the mode '" + std::string(fields[1]) +
                             "'; use an octal number up to 1777");
    }
    if (fields.size() == 4) {
        const auto uid = parse_id(fields[2]);
        const auto gid = parse_id(fields[3]);
        if (!uid || !gid)
            return bad_input("'" + whole + "' must name its owner by two numbers, UID:GID");
        place.uid = *uid;
        place.gid = *gid;
    }
    return place;
}

bool is_ours(const std::string& key)
{
    const std::string policy = kPolicyKey;
    const std::string folder = policy.substr(0, policy.rfind('/'));
    return key == kInitKey || key == folder || key.starts_with(folder + "/");
}

Result<Done, Error> put(layers::Tree& tree, const std::string& key, const layers::Entry& entry)
{
    if (is_ours(key))
        return bad_input("'/" + key + "' belongs to PID 1 and cannot be given");
    if (!tree.try_emplace(key, entry).second)
        return bad_input("'/" + key + "' is given twice");
    return Done{};
}

Result<Done, Error> add_one(layers::Tree& tree, const std::string& text)
{
    const std::size_t colon = text.find(":/");
    if (colon == std::string::npos || colon == 0)
        return bad_input("'" + text + "' must be SRC:DST, DST an absolute path in the image");
    const fs::path source = text.substr(0, colon);
    Place place = OUTIS_TRY(parse_place(std::string_view(text).substr(colon + 1), text));
    std::error_code error;
    if (!fs::exists(source, error))
        return bad_input("there is no '" + source.string() + "' to add");
    if (place.path.ends_with('/'))
        place.path += fs::absolute(source).lexically_normal().filename().string();
    const std::string key = OUTIS_TRY(layers::tree_key(place.path));

    layers::Tree added;
    if (fs::is_directory(source, error)) {
        added.emplace(key, layers::directory_entry());
        OUTIS_TRY(layers::add_folder(added, key, source));
    } else {
        const fs::perms permissions = fs::status(source, error).permissions();
        const bool executable = (permissions & fs::perms::owner_exec) != fs::perms::none;
        added.emplace(
            key, layers::file_entry(source, executable ? layers::kProgramMode : layers::kFileMode));
    }
    for (auto& [name, entry] : added) {
        if (entry.kind == layers::EntryKind::file) {
            OUTIS_TRY(host::open_input(std::get<fs::path>(entry.content)));
            entry.mode = place.mode.value_or(entry.mode);
        }
        entry.uid = place.uid;
        entry.gid = place.gid;
        OUTIS_TRY(put(tree, name, entry));
    }
    return Done{};
}

}  // namespace

Result<layers::Tree, Error> additions_tree(const Additions& additions)
{
    layers::Tree tree;
    for (const std::string& text : additions.files)
        OUTIS_TRY(add_one(tree, text));
    for (const std::string& text : additions.directories) {
        const Place place = OUTIS_TRY(parse_place(text, text));
        const std::string key = OUTIS_TRY(layers::tree_key(place.path));
        layers::Entry entry = layers::directory_entry(place.mode.value_or(layers::kDirectoryMode));
        entry.uid = place.uid;
        entry.gid = place.gid;
        // A directory of an added tree gets the mode that was asked for.
        const auto known = tree.find(key);
        if (known != tree.end() && known->second.kind == layers::EntryKind::directory)
            tree.erase(known);
        OUTIS_TRY(put(tree, key, entry));
    }
    for (const std::string& text : additions.links) {
        const std::size_t colon = text.find(':');
        if (colon == std::string::npos || colon + 1 == text.size())
            return bad_input("'" + text + "' must be PATH:TARGET");
        const std::string key = OUTIS_TRY(layers::tree_key(text.substr(0, colon)));
        OUTIS_TRY(put(tree, key, layers::symlink_entry(text.substr(colon + 1))));
    }
    return tree;
}

}  // namespace outis::images::content
