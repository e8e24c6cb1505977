#include "view/layers.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include <linux/capability.h>

#include "host/input.h"
#include "outis/base/bytes.h"

namespace outis::images::view {

namespace {

constexpr std::size_t kCapabilitySize2 = XATTR_CAPS_SZ_2;
constexpr std::size_t kCapabilitySize3 = XATTR_CAPS_SZ_3;
constexpr std::size_t kRootIdAt = 20;  // of revision 3

bool climbs(std::string_view path)
{
    return ("/" + std::string(path) + "/").find("/../") != std::string::npos;
}

bool has_long_name(std::string_view path)
{
    while (!path.empty()) {
        const std::size_t slash = std::min(path.find('/'), path.size());
        if (slash > layers::kMaxNameLength)
            return true;
        path.remove_prefix(std::min(slash + 1, path.size()));
    }
    return false;
}

// One layer's entries, asked one after the other.
class LayerCheck {
public:
    LayerCheck(Flattened& files, std::size_t number, std::string platform, std::string name,
               Findings& findings)
        : files_(files),
          number_(number),
          platform_(std::move(platform)),
          name_(std::move(name)),
          findings_(findings)
    {
    }

    void take(LayerEntry entry)
    {
        layers::TarEntry& own = entry.member.entry;
        if (is_root(own))
            return;  // umoci writes "/", others "./": every engine takes it for the root's own
        if (!check_path(own.path))
            return;
        own.path = plain_path(own.path);
        if (own.path.empty())
            return;
        if (is_whiteout(own.path)) {
            take_whiteout(entry);
            return;
        }
        check_place(own);
        check_capability(entry);
        if (entry.member.type == '7')
            wrong(Rule::entry_type, own.path, "it is of tar's type '7', which Docker refuses");
        if (own.kind == layers::EntryKind::special && entry.member.type != '6')
            wrong(Rule::device, own.path, "it is a device");
        paths_.emplace(own.path, own.kind);
        if (own.kind == layers::EntryKind::hardlink)
            check_link(own);
        apply(std::move(entry));
    }

    // What only the whole layer tells.
    void finish()
    {
        for (const std::string& path : removed_) {
            if (paths_.contains(path))
                wrong(Rule::whiteout_twice, path, "the layer removes it and has it too");
        }
        for (const auto& [path, target] : links_without_file_) {
            if (paths_.contains(target))
                wrong(Rule::hardlink_later, path,
                      "it links to '" + target + "', which comes later");
            else
                wrong(Rule::hardlink_missing, path,
                      "it links to '" + target + "', which is not there");
        }
        if (!out_of_order_.empty())
            wrong(Rule::entry_order, out_of_order_,
                  "entries are not sorted, as here for the first time");
    }

    // Names were left out, since there are too many.
    [[nodiscard]] bool is_cut_off() const { return is_cut_off_; }

private:
    void wrong(Rule rule, const std::string& path, std::string text)
    {
        add_finding(findings_, {.rule = rule,
                                .where = {.image = platform_, .layer = name_, .path = path},
                                .text = std::move(text)});
    }

    // False if no engine would unpack it.
    bool check_path(const std::string& path)
    {
        if (path.starts_with('/'))
            wrong(Rule::path_absolute, plain_path(path), "its path is absolute in the layer");
        if (climbs(path))
            wrong(Rule::path_climbs, path, "its path has '..' in it");
        if (path.empty() || has_long_name(path) || path.find('\0') != std::string::npos) {
            wrong(Rule::path_form, path, "its path is empty, or has a name too long");
            return false;
        }
        return true;
    }

    static bool is_root(const layers::TarEntry& own)
    {
        return own.kind == layers::EntryKind::directory && !own.path.empty() &&
               plain_path(own.path).empty();
    }

    static bool is_whiteout(const std::string& path)
    {
        return name_part(path).starts_with(kWhiteout);
    }

    void take_whiteout(const LayerEntry& entry)
    {
        const layers::TarEntry& own = entry.member.entry;
        const std::string name = name_part(own.path);
        const std::string folder = folder_part(own.path);
        const bool opaque = name == kOpaque;
        if (name == kWhiteout) {
            wrong(Rule::path_form, own.path, "it is a whiteout of nothing");
            return;
        }
        if (!opaque && name.starts_with(".wh..wh.")) {
            wrong(Rule::whiteout_form, own.path, "engines pass it over");
            return;
        }
        if (own.kind != layers::EntryKind::file || own.size != 0)
            wrong(Rule::whiteout_form, own.path, "it is a whiteout that is no empty file");
        if (!opaque)
            removed_.insert((folder.empty() ? "" : folder + "/") + name.substr(kWhiteout.size()));
        if (files_.apply(entry, number_) == Outcome::nothing_to_remove)
            wrong(Rule::whiteout_nothing, own.path, "it removes nothing");
    }

    void check_place(const layers::TarEntry& own)
    {
        if (paths_.contains(own.path))
            wrong(Rule::path_twice, own.path, "the layer has it twice");
        if (!last_.empty() && own.path < last_ && out_of_order_.empty())
            out_of_order_ = own.path;
        last_ = own.path;
        const std::string folder = folder_part(own.path);
        if (!folder.empty() && !paths_.contains(folder) && reported_.insert(folder).second)
            wrong(Rule::parent_missing, folder,
                  "the layer has '/" + own.path + "' without this directory before it");
    }

    void check_link(const layers::TarEntry& own)
    {
        const std::string target = plain_path(own.target);
        if (capable_.contains(target))
            wrong(Rule::capability_hardlink, target,
                  "it has capabilities and the second name '/" + own.path + "'");
    }

    void check_capability(const LayerEntry& entry)
    {
        const std::string& raw = entry.member.entry.capability;
        const std::string& path = entry.member.entry.path;
        if (raw.empty())
            return;
        if (entry.member.entry.kind == layers::EntryKind::hardlink)
            wrong(Rule::capability_hardlink, path, "it has capabilities and is a hard link");
        capable_.insert(path);
        const Bytes bytes = host::as_bytes(raw);
        const std::uint32_t revision =
            raw.size() >= 4 ? load_le32(bytes, 0) & VFS_CAP_REVISION_MASK : 0;
        const bool good = (revision == VFS_CAP_REVISION_2 && raw.size() == kCapabilitySize2) ||
                          (revision == VFS_CAP_REVISION_3 && raw.size() == kCapabilitySize3);
        if (!good)
            wrong(Rule::capability_form, path,
                  "its security.capability is malformed, " + std::to_string(raw.size()) + " bytes");
        else if (revision == VFS_CAP_REVISION_3 && load_le32(bytes, kRootIdAt) != 0)
            wrong(Rule::capability_namespace, path,
                  "its capabilities count only where root is user " +
                      std::to_string(load_le32(bytes, kRootIdAt)));
    }

    void apply(LayerEntry entry)
    {
        const std::string path = entry.member.entry.path;
        const std::string target = plain_path(entry.member.entry.target);
        switch (files_.apply(std::move(entry), number_)) {
        case Outcome::applied:
        case Outcome::nothing_to_remove: break;
        case Outcome::parent_is_no_folder:
            wrong(Rule::path_below_file, path, "it lies below something that is no directory");
            break;
        case Outcome::link_without_file: links_without_file_.emplace(path, target); break;
        case Outcome::too_many_names:
        case Outcome::too_many_steps:
            if (!std::exchange(is_cut_off_, true))
                wrong(Rule::too_many, path,
                      "the image has more names, links or deep paths than can be looked at");
            break;
        case Outcome::link_to_lower_layer:
            wrong(Rule::hardlink_lower, path, "it links to '" + target + "' in a lower layer");
            break;
        }
    }

    Flattened& files_;
    std::size_t number_;
    std::string platform_;
    std::string name_;
    Findings& findings_;
    std::map<std::string, layers::EntryKind> paths_;
    std::set<std::string> removed_;
    std::set<std::string> capable_;
    std::set<std::string> reported_;  // folders that were missing
    std::map<std::string, std::string> links_without_file_;
    std::string last_;
    std::string out_of_order_;
    bool is_cut_off_ = false;
};

}  // namespace

UnpackedImage unpack_layers(const FindMember& find, const FoundImage& image,
                            const LayerLimits& limits)
{
    UnpackedImage unpacked{.image = image, .files = Flattened(limits.steps), .left = limits};
    LayerLimits& left = unpacked.left;  // for all layers together
    for (std::size_t i = 0; i < image.layers.size(); ++i) {
        const FoundLayer& layer = image.layers[i];
        unpacked.layers.emplace_back();
        const auto damaged = [&](const std::string& text) {
            if (unpacked.damage.empty())
                unpacked.damage = text;
        };
        const auto wrong = [&](Rule rule, const std::string& text) {
            damaged(text);
            add_finding(unpacked.findings, {.rule = rule,
                                            .where = {.image = image.platform, .layer = layer.name},
                                            .text = text});
        };
        const std::optional<Bytes> blob = layer.path.empty() ? std::nullopt : find(layer.path);
        if (!blob) {
            // Who read the documents has named it.
            damaged("layer " + std::to_string(i + 1) + " is missing");
            continue;
        }
        LayerCheck check(unpacked.files, i, image.platform, layer.name, unpacked.findings);
        LayerRead read =
            read_layer(*blob, left, [&](LayerEntry entry) { check.take(std::move(entry)); });
        check.finish();
        left.unpacked -= std::min(left.unpacked, read.sum.unpacked + read.sum.holes);
        left.entries -= std::min(left.entries, read.sum.entries);
        left.names -= std::min(left.names, read.sum.names);
        if (check.is_cut_off())
            damaged("the image has too many names, links or deep paths");
        unpacked.steps += read.sum.steps;
        unpacked.layers.back() = std::move(read.sum);
        // Engines unpack it all the same.
        if (!unpacked.layers.back().end_marked)
            add_finding(unpacked.findings, {.rule = Rule::layer_end,
                                            .where = {.image = image.platform, .layer = layer.name},
                                            .text = "its tar has no end mark"});
        const std::string& diff_id = unpacked.layers.back().diff_id;
        if (read.damage)
            wrong(Rule::layer_damaged, read.damage->text);
        else if (diff_id != layer.diff_id)
            wrong(Rule::diff_id,
                  "it unpacks to '" + diff_id + "', not to its diffID '" + layer.diff_id + "'");
    }
    left.steps -= std::min(left.steps, unpacked.files.steps());
    unpacked.steps += unpacked.files.steps();
    return unpacked;
}

}  // namespace outis::images::view
