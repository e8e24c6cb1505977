#include "browse/list.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "browse/words.h"
#include "oci/json.h"
#include "outis/utf8.h"

namespace outis::images::browse {

namespace json = boost::json;

namespace {

ListRow row_of_entry(const view::LayerEntry& entry, std::size_t layer)
{
    ListRow row{.entry = entry.member.entry, .digest = entry.facts.digest, .layer = layer + 1};
    for (const auto& [name, value] : entry.member.attributes)
        row.attributes.push_back(name);
    return row;
}

std::vector<ListRow> rows_of_image(const view::Flattened& files)
{
    std::vector<ListRow> rows;
    for (const auto& [path, node] : files.nodes()) {
        rows.push_back(row_of_entry(node.entry, node.layer));
        rows.back().same_file = node.same_file;
    }
    return rows;
}

Result<std::vector<ListRow>, Error> rows_of_layer(const Members& members,
                                                  const view::FoundImage& image, std::size_t number)
{
    if (number == 0 || number > image.layers.size())
        return bad_input("'" + members.name + "' has layers 1 to " +
                         std::to_string(image.layers.size()));
    const std::optional<Bytes> blob = members.find(image.layers[number - 1].path);
    if (!blob)
        return bad_input("layer " + std::to_string(number) + " of '" + members.name +
                         "' is missing");
    std::vector<ListRow> rows;
    const view::LayerRead read = view::read_layer(*blob, {}, [&](const view::LayerEntry& entry) {
        rows.push_back(row_of_entry(entry, number - 1));
        ListRow& row = rows.back();
        row.entry.path = view::plain_path(row.entry.path);
        if (row.entry.kind == layers::EntryKind::hardlink)
            row.same_file = view::plain_path(row.entry.target);
    });
    if (read.damage)
        return Failure{*read.damage};
    return rows;
}

std::string kind_name(const ListRow& row)
{
    if (!row.same_file.empty())
        return "hardlink";
    switch (row.entry.kind) {
    case layers::EntryKind::file: return "file";
    case layers::EntryKind::directory: return "directory";
    case layers::EntryKind::symlink: return "symlink";
    case layers::EntryKind::hardlink: return "hardlink";
    case layers::EntryKind::special: return "device";
    }
    __builtin_trap();
}

std::string target_of(const ListRow& row)
{
    if (!row.same_file.empty())
        return row.same_file;
    return row.entry.kind == layers::EntryKind::symlink ? row.entry.target : "";
}

std::string octal(std::uint32_t mode)
{
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), "%04o", mode);
    return text.data();
}

// Texts right-aligned to the longest.
void align(std::vector<std::string>& column)
{
    std::size_t width = 0;
    for (const std::string& text : column)
        width = std::max(width, text.size());
    for (std::string& text : column)
        text.insert(0, width - text.size(), ' ');
}

}  // namespace

Result<std::vector<ListRow>, Error> list_image(const Members& members, const ListOptions& options)
{
    std::vector<ListRow> rows;
    std::string path = view::plain_path(options.path);
    if (options.layer) {
        const std::vector<view::FoundImage> images =
            OUTIS_TRY(images_of(members, options.platform));
        rows = OUTIS_TRY(rows_of_layer(members, images.front(), *options.layer));
    } else {
        const view::UnpackedImage image = OUTIS_TRY(browse_image(members, options.platform));
        rows = rows_of_image(image.files);
        path = image.files.resolve(path).value_or(path);
    }
    if (path.empty())
        return rows;
    std::erase_if(rows, [&](const ListRow& row) {
        return row.entry.path != path && !row.entry.path.starts_with(path + "/");
    });
    if (rows.empty())
        return bad_input("'" + members.name + "' has no '/" + path + "'");
    return rows;
}

std::string list_text(const std::vector<ListRow>& rows, bool details)
{
    std::vector<std::string> owners;
    std::vector<std::string> sizes;
    for (const ListRow& row : rows) {
        owners.push_back(std::to_string(row.entry.uid) + ":" + std::to_string(row.entry.gid));
        sizes.push_back(std::to_string(row.entry.size));
    }
    align(owners);
    align(sizes);
    std::string text;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const ListRow& row = rows[i];
        if (details)
            text += mode_text(row.entry) + " " + owners[i] + " " + sizes[i] + " ";
        text += printable(row.entry.path);
        const std::string target = target_of(row);
        if (details && !target.empty())
            text += (row.same_file.empty() ? " -> " : " link to ") + printable(target);
        for (const std::string& name : row.attributes)
            text += details ? " [" + printable(name) + "]" : "";
        text += "\n";
    }
    return text;
}

std::string list_json(const std::vector<ListRow>& rows)
{
    json::array array;
    for (const ListRow& row : rows) {
        json::object object{
            {"path", printable(row.entry.path)},
            {"kind", kind_name(row)},
            {"mode", octal(row.entry.mode)},
            {"uid", row.entry.uid},
            {"gid", row.entry.gid},
            {"size", row.entry.size},
            {"time", row.entry.time},
            {"layer", row.layer},
        };
        if (const std::string target = target_of(row); !target.empty())
            object["target"] = printable(target);
        if (!row.digest.empty())
            object["digest"] = row.digest;
        json::array attributes;
        for (const std::string& name : row.attributes)
            attributes.emplace_back(printable(name));
        object["attributes"] = attributes;
        array.push_back(object);
    }
    return oci::canonical_json(array) + "\n";
}

}  // namespace outis::images::browse
