#include "bake/base_contents.h"

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
#include "host/input.h"
#include "programs/ld_cache.h"

namespace outis::images::bake {

namespace {

constexpr const char* kCacheKey = "etc/ld.so.cache";

bool is_below(std::string_view key, std::string_view folder)
{
    return key == folder || (key.starts_with(folder) && key.substr(folder.size()).starts_with('/'));
}

bool is_file(const view::Node* node)
{
    return node != nullptr && node->entry.member.entry.kind == layers::EntryKind::file;
}

layers::Tree certificate_places()
{
    layers::Tree places;
    content::add_certificates(places, std::string());
    return places;
}

Result<std::string, Error> digest_of(const layers::Content& content)
{
    if (const auto* text = std::get_if<std::string>(&content))
        return host::sha256(*text).text();
    const host::Digest digest =
        OUTIS_TRY(host::sha256_of_file(std::get<std::filesystem::path>(content)));
    return digest.text();
}

Result<std::string, Error> entry_description(const layers::Entry& entry)
{
    if (entry.kind == layers::EntryKind::symlink)
        return "a link to '" + entry.target + "'";
    return digest_of(entry.content);
}

// A file is compared with what the path leads to, a link with the link.
Result<bool, Error> agrees(const std::string& key, const layers::Entry& entry,
                           const view::Flattened& base)
{
    if (entry.kind == layers::EntryKind::symlink) {
        const layers::TarEntry& there = base.nodes().at(key).entry.member.entry;
        return there.kind == layers::EntryKind::symlink && there.target == entry.target;
    }
    const view::Node* node = base.find(key);
    const std::string digest = OUTIS_TRY(digest_of(entry.content));
    return is_file(node) && node->entry.facts.digest == digest;
}

// Theirs first, and ours by the names that they lack.
Result<std::string, Error> merged_cache(const std::string& ours, const std::string& theirs,
                                        policy::Arch arch)
{
    std::vector<programs::CacheEntry> entries =
        OUTIS_TRY(programs::read_ld_cache(host::as_bytes(theirs), arch, "/etc/ld.so.cache"));
    const std::size_t before = entries.size();
    std::vector<programs::CacheEntry> added =
        OUTIS_TRY(programs::read_ld_cache(host::as_bytes(ours), arch, "/etc/ld.so.cache"));
    for (programs::CacheEntry& entry : added) {
        if (std::ranges::find(entries, entry.name, &programs::CacheEntry::name) == entries.end())
            entries.push_back(std::move(entry));
    }
    return entries.size() == before ? theirs : programs::ld_cache_bytes(std::move(entries), arch);
}

}  // namespace

std::string description(const view::Node& node)
{
    const layers::TarEntry& there = node.entry.member.entry;
    if (there.kind == layers::EntryKind::symlink)
        return "a link to '" + there.target + "'";
    return there.kind == layers::EntryKind::file ? node.entry.facts.digest : "no file";
}

bool has_certificates(const view::Flattened& base)
{
    const layers::Tree places = certificate_places();
    return std::ranges::any_of(places,
                               [&](const auto& place) { return is_file(base.find(place.first)); });
}

bool has_zones(const view::Flattened& base)
{
    const std::optional<std::string> folder = base.resolve(content::kZonesKey);
    const auto first = base.nodes().lower_bound(folder.value_or(content::kZonesKey) + "/");
    return first != base.nodes().end() &&
           is_below(first->first, folder.value_or(content::kZonesKey));
}

Plan without_present(Plan plan, const BaseImages& images)
{
    const auto all = [&](bool (*has)(const view::Flattened&)) {
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

layers::Tree missing_entries(const layers::Tree& tree, const view::Flattened& base)
{
    const layers::Tree places = has_certificates(base) ? certificate_places() : layers::Tree();
    const bool zones = has_zones(base);
    layers::Tree kept;
    for (const auto& [key, entry] : tree) {
        if (base.find(key) == nullptr && !places.contains(key) &&
            !(zones && is_below(key, content::kZonesKey)))
            kept.emplace(key, entry);
    }
    return kept;
}

Result<bool, Error> has_file(const view::Flattened& base, const std::string& key,
                             const layers::Entry& file)
{
    const auto found = base.nodes().find(key);
    if (found == base.nodes().end() || !is_file(&found->second))
        return false;
    const std::string digest = OUTIS_TRY(digest_of(file.content));
    const layers::TarEntry& there = found->second.entry.member.entry;
    return there.mode == file.mode && there.uid == file.uid && there.gid == file.gid &&
           there.capability == file.capability && found->second.entry.facts.digest == digest;
}

Result<layers::Tree, Error> missing_libraries(const LibrarySource& asked,
                                              const view::Flattened& base)
{
    const layers::Tree placed = OUTIS_TRY(placed_on(asked.libraries, base));
    layers::Tree kept;
    for (const auto& [key, entry] : placed) {
        const auto there = base.nodes().find(key);
        if (there == base.nodes().end()) {
            kept.emplace(key, entry);
            continue;
        }
        if (entry.kind == layers::EntryKind::directory)
            continue;
        if (key == kCacheKey) {
            const std::string& theirs = there->second.entry.facts.text;
            std::string merged =
                OUTIS_TRY(merged_cache(std::get<std::string>(entry.content), theirs, asked.arch));
            if (merged != theirs)
                kept.emplace(key, layers::file_entry(std::move(merged)));
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

}  // namespace outis::images::bake
