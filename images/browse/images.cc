#include "browse/images.h"

#include <algorithm>
#include <utility>

#include "layers/platform.h"
#include "layers/store.h"
#include "outis/sandbox/arch.h"
#include "places/each_once.h"
#include "places/remote.h"
#include "places/source.h"

namespace outis::images::browse {

namespace {

Failure<Error> no_such_platform(const Members& members, const std::string& platform,
                                const std::vector<view::FoundImage>& images)
{
    std::string known;
    for (const view::FoundImage& image : images)
        known += (known.empty() ? "" : ", ") + image.platform;
    return bad_input("'" + members.name + "' has no image for '" + platform + "' (it has " + known +
                     ")");
}

std::string without_choice(const Members& members)
{
    const std::size_t choice = members.tag.size() + (members.tag.starts_with('@') ? 0 : 1);
    return members.name.substr(0, members.name.size() - choice);
}

}  // namespace

Result<Members, Error> open_members(const std::string& name, const std::string& platform,
                                    const places::RemoteOptions& remote,
                                    const registry::Notice& notice)
{
    const places::Place place = OUTIS_TRY(places::parse_source(name));
    const registry::RegistrySettings settings = OUTIS_TRY(places::parse_remote(remote));
    // A file is read where it lies.
    const layers::BlobStore store =
        place.is_file() ? layers::BlobStore::none() : OUTIS_TRY(layers::BlobStore::open());
    const auto source =
        OUTIS_TRY(places::open_image(place, settings, store, places::each_once(notice)));
    view::FindMember find = OUTIS_TRY(source->members(platform));
    return Members{.name = name, .tag = place.tag, .find = std::move(find)};
}

Result<std::vector<view::FoundImage>, Error> images_of(const Members& members,
                                                       const std::string& platform)
{
    view::Documents documents =
        view::read_documents(members.find, view::Depth::structure, members.tag);
    std::vector<view::FoundImage>& images = documents.images;
    if (images.empty()) {
        const std::string defect = view::first_defect(documents.findings);
        if (!defect.empty())
            return bad_input("'" + members.name + "' is no image: " + defect);
        return bad_input("'" + members.name + "' holds no image '" + members.tag +
                         "'; 'outis image show " + without_choice(members) +
                         "' lists those it holds");
    }
    if (platform.empty() || platform == "all")
        return std::move(images);
    std::vector<view::FoundImage> chosen;
    for (const view::FoundImage& image : images) {
        if (layers::platform_fits(image.platform, platform))
            chosen.push_back(image);
    }
    if (chosen.empty())
        return no_such_platform(members, platform, images);
    return chosen;
}

Result<view::UnpackedImage, Error> browse_image(const Members& members, const std::string& platform)
{
    const std::vector<view::FoundImage> images = OUTIS_TRY(images_of(members, platform));
    const std::string host = layers::platform_name(sandbox::host_arch());
    auto chosen = std::ranges::find_if(images, [&](const view::FoundImage& image) {
        return layers::platform_fits(image.platform, host);
    });
    if (chosen == images.end())
        chosen = images.begin();
    view::UnpackedImage content = view::unpack_layers(members.find, *chosen, {});
    if (!content.damage.empty())
        return bad_input("a layer of '" + members.name + "' is damaged: " + content.damage +
                         "; 'outis verify' lists all that is wrong");
    return content;
}

}  // namespace outis::images::browse
