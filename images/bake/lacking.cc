#include "bake/lacking.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "bake/placement.h"
#include "content/base.h"
#include "host/digest.h"
#include "programs/ld_cache.h"

namespace outis::images {

namespace {

constexpr const char* kCacheKey = "etc/ld.so.cache";

bool is_below(std::string_view key, std::string_view folder)
{
    return key == folder || (key.starts_with(folder) && key.substr(folder.size()).starts_with('/'));
}

bool is_file(const Node* node)
{
    return node != nullptr && node->entry.member.entry.kind == EntryKind::file;
}

Tree certificate_places()
{
    Tree places;
    add_certificates(places, std::string());
    return places;
}

Result<std::string, Error> digest_of(const Content& content)
{
    if (const auto* text = std::get_if<std::string>(&content))
        return sha256(*text).text();
    const Digest digest = OUTIS_TRY(sha256_of_file(std::get<std::filesystem::path>(content)));
    return digest.text();
}

Result<std::string, Error> entry_description(const Entry& entry)
{
    if (entry.kind == EntryKind::symlink)
        return "a link to '" + entry.target + "'";
    return digest_of(entry.content);
}

// A file is compared with what the path leads to, a link with the link.
Result<bool, Error> agrees(const std::string& key, const Entry& entry, const Flattened& base)
{
    if (entry.kind == EntryKind::symlink) {
        const TarEntry& there = base.nodes().at(key).entry.member.entry;
        return there.kind == EntryKind::symlink && there.target == entry.target;
    }
    const Node* node = base.find(key);
    const std::string digest = OUTIS_TRY(digest_of(entry.content));
    return is_file(node) && node->entry.facts.digest == digest;
}

// Theirs first, and ours by the names that they lack.
Result<std::string, Error> merged_cache(const std::string& ours, const std::string& theirs,
                                        policy::Arch arch)
{
    std::vector<CacheEntry> entries =
        OUTIS_TRY(read_ld_cache(as_bytes(theirs), arch, "/etc/ld.so.cache"));
    const std::size_t before = entries.size();
    std::vector<CacheEntry> added =
        OUTIS_TRY(read_ld_cache(as_bytes(ours), arch, "/etc/ld.so.cache"));
    for (CacheEntry& entry : added) {
        if (std::ranges::find(entries, entry.name, &CacheEntry::name) == entries.end())
            entries.push_back(std::move(entry));
    }
    return entries.size() == before ? theirs : ld_cache_bytes(std::move(entries), arch);
}

}  // namespace

std::string description(const Node& node)
{
    const TarEntry& there = node.entry.member.entry;
    if (there.kind == EntryKind::symlink)
        return "a link to '" + there.target + "'";
    return there.kind == EntryKind::file ? node.entry.facts.digest : "no file";
}

bool has_certificates(const Flattened& base)
{
    const Tree places = certificate_places();
    return std::ranges::any_of(places,
                               [&](const auto& place) { return is_file(base.find(place.first)); });
}

bool has_zones(const Flattened& base)
{
    const std::optional<std::string> folder = base.resolve(kZonesKey);
    const auto first = base.nodes().lower_bound(folder.value_or(kZonesKey) + "/");
    return first != base.nodes().end() && is_below(first->first, folder.value_or(kZonesKey));
}

Plan without_present(Plan plan, const BaseImages& images)
{
    const auto all = [&](bool (*has)(const Flattened&)) {
        return std::ranges::all_of(images.list,
                                   [&](const BaseImage& image) { return has(image.files); });
    };
    if (plan.base.certificates && plan.bundle.empty() && all(has_certificates)) {
        plan.base.certificates = false;
        plan.certificate_count = 0;
        plan.certificates_date.clear();
    }
    if (plan.base.zones && all(has_zones))
        plan.base.zones = false;
    return plan;
}

Tree lacking(const Tree& tree, const Flattened& base)
{
    const Tree places = has_certificates(base) ? certificate_places() : Tree();
    const bool zones = has_zones(base);
    Tree kept;
    for (const auto& [key, entry] : tree) {
        if (base.find(key) == nullptr && !places.contains(key) &&
            !(zones && is_below(key, kZonesKey)))
            kept.emplace(key, entry);
    }
    return kept;
}

Result<bool, Error> has_file(const Flattened& base, const std::string& key, const Entry& file)
{
    const auto found = base.nodes().find(key);
    if (found == base.nodes().end() || !is_file(&found->second))
        return false;
    const std::string digest = OUTIS_TRY(digest_of(file.content));
    const TarEntry& there = found->second.entry.member.entry;
    return there.mode == file.mode && there.uid == file.uid && there.gid == file.gid &&
           there.capability == file.capability && found->second.entry.facts.digest == digest;
}

Result<Tree, Error> libraries_over(const LibrariesOver& asked, const Flattened& base)
{
    const Tree placed = OUTIS_TRY(placed_on(asked.libraries, base));
    Tree kept;
    for (const auto& [key, entry] : placed) {
        const auto there = base.nodes().find(key);
        if (there == base.nodes().end()) {
            kept.emplace(key, entry);
            continue;
        }
        if (entry.kind == EntryKind::directory)
            continue;
        if (key == kCacheKey) {
            const std::string& theirs = there->second.entry.facts.text;
            std::string merged =
                OUTIS_TRY(merged_cache(std::get<std::string>(entry.content), theirs, asked.arch));
            if (merged != theirs)
                kept.emplace(key, file_entry(std::move(merged)));
            continue;
        }
        const bool same = OUTIS_TRY(agrees(key, entry, base));
        const std::string ours = OUTIS_TRY(entry_description(entry));
        if (!same)
            return bad_input("'/" + key + "' of '" + asked.root + "' (" + ours +
                             ") is another than that of image '" + asked.image + "' (" +
                             description(there->second) +
                             "); take APP and its libraries from the image's system, unpacked, "
                             "by --root");
    }
    return placed_on(kept, base);
}

}  // namespace outis::images
