#include "content/additions.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "content/accounts.h"
#include "content/base.h"
#include "content/ignore.h"
#include "host/input.h"
#include "layers/merge.h"
#include "outis/sandbox/suggest.h"

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

Result<Done, Error> check_place(const std::string& key)
{
    if (is_ours(key))
        return bad_input("'/" + key + "' belongs to PID 1 and cannot be given");
    return Done{};
}

// "'--add new:/opt' goes over what was added before: '/opt/a', '/opt/b' and 3 more"
std::string override_note(const std::string& text, const std::vector<std::string>& keys)
{
    constexpr std::size_t kNamed = 5;
    std::vector<std::string> named;
    for (std::size_t i = 0; i < std::min(keys.size(), kNamed); ++i)
        named.push_back("/" + keys[i]);
    const std::string more =
        keys.size() > kNamed ? " and " + std::to_string(keys.size() - kNamed) + " more" : "";
    return "'--add " + text + "' goes over what was added before: " + sandbox::quoted_list(named) +
           more;
}

// A folder, less what is excluded, and what no image can hold.
Result<Done, Error> add_tree(layers::Tree& tree, const std::string& key, const fs::path& source,
                             const IgnoreList& excluded, std::vector<std::string>& notes)
{
    std::vector<std::string> passed;
    const auto choose = [&](const std::string& name, const fs::directory_entry& entry) {
        std::error_code ignored;
        if (excluded.ignores(name))
            return excluded.has_exceptions() ? layers::Visit::look_below : layers::Visit::pass_over;
        const fs::file_type type = entry.symlink_status(ignored).type();
        if (type != fs::file_type::socket && type != fs::file_type::fifo)
            return layers::Visit::take;
        passed.push_back((source / name).string());
        return layers::Visit::pass_over;
    };
    tree.emplace(key, layers::directory_entry());
    OUTIS_TRY(layers::add_folder(tree, key, source, choose));
    std::ranges::sort(passed);
    if (!passed.empty())
        notes.push_back("sockets and pipes were passed over: " + sandbox::quoted_list(passed));
    return Done{};
}

Result<Done, Error> add_one(AddedFiles& files, const std::string& text, const IgnoreList& excluded)
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
        OUTIS_TRY(add_tree(added, key, source, excluded, files.notes));
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
        OUTIS_TRY(check_place(name));
    }
    const std::vector<std::string> changed = OUTIS_TRY(layers::merge_over(files.tree, added));
    if (!changed.empty())
        files.notes.push_back(override_note(text, changed));
    return Done{};
}

}  // namespace

Result<AddedFiles, Error> added_files(const Additions& additions)
{
    AddedFiles files;
    std::string patterns;
    for (const std::string& pattern : additions.exclude)
        patterns += pattern + "\n";
    const IgnoreList excluded = OUTIS_TRY(IgnoreList::parse(patterns, "--exclude"));
    for (const std::string& text : additions.files)
        OUTIS_TRY(add_one(files, text, excluded));
    layers::Tree later;
    for (const std::string& text : additions.directories) {
        const Place place = OUTIS_TRY(parse_place(text, text));
        const std::string key = OUTIS_TRY(layers::tree_key(place.path));
        layers::Entry entry = layers::directory_entry(place.mode.value_or(layers::kDirectoryMode));
        entry.uid = place.uid;
        entry.gid = place.gid;
        OUTIS_TRY(check_place(key));
        later.insert_or_assign(key, std::move(entry));
    }
    for (const std::string& text : additions.links) {
        const std::size_t colon = text.find(':');
        if (colon == std::string::npos || colon + 1 == text.size())
            return bad_input("'" + text + "' must be PATH:TARGET");
        const std::string key = OUTIS_TRY(layers::tree_key(text.substr(0, colon)));
        OUTIS_TRY(check_place(key));
        if (!later.try_emplace(key, layers::symlink_entry(text.substr(colon + 1))).second)
            return bad_input("'/" + key + "' is given twice");
    }
    const std::vector<std::string> changed = OUTIS_TRY(layers::merge_over(files.tree, later));
    if (!changed.empty())
        return bad_input("'/" + changed.front() + "' is given by --link and by --add");
    return files;
}

}  // namespace outis::images::content
