#include "browse/source.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "layers/platform.h"
#include "layers/store.h"
#include "outis/sandbox/arch.h"
#include "places/reach.h"

namespace outis::images::browse {

namespace fs = std::filesystem;

namespace {

Failure<Error> no_such_platform(const Source& source, const std::string& platform,
                                const std::vector<view::FoundImage>& images)
{
    std::string known;
    for (const view::FoundImage& image : images)
        known += (known.empty() ? "" : ", ") + image.platform;
    return bad_input("'" + source.text + "' has no image for '" + platform + "' (it has " + known +
                     ")");
}

}  // namespace

Result<Source, Error> open_source(const std::string& text)
{
    const places::Place place = OUTIS_TRY(places::parse_source(text));
    if (place.transport == places::Transport::registry)
        return bad_input("'" + text + "' is in a registry; fetch it with 'outis pull " +
                         place.path + "'");
    std::optional<host::NewFile> fetched;
    if (place.transport == places::Transport::daemon) {
        const layers::BlobStore store = OUTIS_TRY(layers::BlobStore::open());
        fetched = OUTIS_TRY(places::fetch_from_daemon(place, store));
    }
    places::OpenedImage image = OUTIS_TRY(
        places::OpenedImage::open(fetched ? fetched->readable_path() : fs::path(place.path)));
    return Source{
        .text = text, .place = place, .fetched = std::move(fetched), .image = std::move(image)};
}

view::FindMember members_of(const Source& source)
{
    const places::Transport transport = source.place.transport;
    return [&source, transport](const std::string& path) -> std::optional<Bytes> {
        const bool of_layout = path == "oci-layout" || path == "index.json";
        const bool of_docker = path == "manifest.json";
        if ((of_layout && transport == places::Transport::docker_archive) ||
            (of_docker &&
             (transport == places::Transport::oci || transport == places::Transport::oci_archive)))
            return std::nullopt;
        return source.image.find(path);
    };
}

Result<std::vector<view::FoundImage>, Error> images_of(const Source& source,
                                                       const std::string& platform)
{
    view::Documents documents =
        view::read_documents(members_of(source), view::Depth::structure, source.place.tag);
    std::vector<view::FoundImage>& images = documents.images;
    if (images.empty()) {
        const std::string defect = view::first_defect(documents.findings);
        if (!defect.empty())
            return bad_input("'" + source.text + "' is no image: " + defect);
        return bad_input("'" + source.text + "' holds no such image; 'outis image show " +
                         source.place.path + "' lists those it holds");
    }
    if (platform.empty())
        return std::move(images);
    std::vector<view::FoundImage> chosen;
    for (const view::FoundImage& image : images) {
        if (layers::platform_fits(image.platform, platform))
            chosen.push_back(image);
    }
    if (chosen.empty())
        return no_such_platform(source, platform, images);
    return chosen;
}

Result<BrowsedImage, Error> browse_image(const Source& source, const std::string& platform)
{
    const std::vector<view::FoundImage> images = OUTIS_TRY(images_of(source, platform));
    const std::string host = layers::platform_name(sandbox::host_arch());
    auto chosen = std::ranges::find_if(images, [&](const view::FoundImage& image) {
        return layers::platform_fits(image.platform, host);
    });
    if (chosen == images.end())
        chosen = images.begin();
    view::UnpackedImage content = view::unpack_layers(members_of(source), *chosen, {});
    if (!content.damage.empty())
        return bad_input("a layer of '" + source.text + "' is damaged: " + content.damage +
                         "; 'outis verify' lists all that is wrong");
    return BrowsedImage{.documents = *chosen, .content = std::move(content)};
}

}  // namespace outis::images::browse
