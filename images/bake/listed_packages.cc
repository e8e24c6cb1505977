#include "bake/listed_packages.h"

#include <algorithm>
#include <utility>

#include "bake/placement.h"
#include "bill/package_database.h"
#include "content/base.h"

namespace outis::images::bake {

namespace {

// Whether something else lies there, or in the place of a folder above.
bool is_taken(const std::string& key, std::span<layers::Tree* const> layers,
              const view::Flattened& base)
{
    const auto is_file = [&](const std::string& place) {
        const view::Node* below = base.find(place);
        return (below != nullptr &&
                below->entry.member.entry.kind != layers::EntryKind::directory) ||
               std::ranges::any_of(layers, [&](const layers::Tree* layer) {
                   const auto there = layer->find(place);
                   return there != layer->end() &&
                          there->second.kind != layers::EntryKind::directory;
               });
    };
    for (std::size_t slash = key.find('/'); slash != std::string::npos;
         slash = key.find('/', slash + 1)) {
        if (is_file(key.substr(0, slash)))
            return true;
    }
    const bool is_given = std::ranges::any_of(
        layers, [&](const layers::Tree* layer) { return layer->contains(key); });
    const view::Node* there = base.find(key);
    // An image of ours names no distribution.
    const bool is_ours = there != nullptr && key == content::kOsReleaseKey &&
                         content::is_own_release(there->entry.facts.text);
    return is_given || (there != nullptr && !is_ours);
}

}  // namespace

Result<std::vector<std::string>, Error> add_package_lists(std::span<layers::Tree* const> layers,
                                                          const Plan& plan, const BaseImage& base)
{
    layers::Tree links;
    for (const layers::Tree* layer : layers) {
        std::ranges::copy_if(*layer, std::inserter(links, links.end()), [](const auto& row) {
            return row.second.kind == layers::EntryKind::symlink;
        });
    }
    const std::vector<const layers::Tree*> read(layers.begin(), layers.end());
    bill::PackageLists lists = bill::package_lists(read, {.root = plan.sources.root,
                                                          .arch = base.arch,
                                                          .release = plan.root_release,
                                                          .before = bill::listed_in(base.files)});
    for (layers::Tree& list : lists.trees) {
        list = OUTIS_TRY(layers::behind_links(list, links));
        std::erase_if(list,
                      [&](const auto& row) { return is_taken(row.first, layers, base.files); });
        list = OUTIS_TRY(placed_on(list, base.files));
    }
    for (std::size_t i = 0; i < layers.size(); ++i)
        layers[i]->merge(lists.trees[i]);
    return std::move(lists.notes);
}

}  // namespace outis::images::bake
