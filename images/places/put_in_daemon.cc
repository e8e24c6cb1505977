#include "places/put_in_daemon.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "layers/platform.h"
#include "oci/manifest.h"
#include "places/archive.h"
#include "places/archive_payload.h"

namespace outis::images::places {

namespace {

Result<Image, Error> image_for(Daemon& daemon, const std::vector<Image>& images)
{
    if (images.empty())
        return bad_input("a daemon takes images for linux/amd64 and linux/arm64, and this is none");
    if (images.size() == 1)
        return images.front();
    const std::string platform = OUTIS_TRY(daemon.platform());
    const auto found = std::ranges::find(
        images, platform, [](const Image& image) { return layers::platform_name(image.arch); });
    if (found != images.end())
        return *found;
    return bad_input("the daemon at '" + daemon.name() + "' runs on '" + platform +
                     "', which the image is not for; choose one of its platforms with --platform");
}

}  // namespace

Result<Loaded, Error> put_in_daemon(Daemon& daemon, const Contents& contents,
                                    const oci::Reference& reference)
{
    const Image image = OUTIS_TRY(image_for(daemon, contents.images));
    if (OUTIS_TRY(daemon.match(reference.full(), image)) == Match::same)
        return Loaded::present;
    if (OUTIS_TRY(daemon.match(image.config.digest, image)) == Match::same) {
        OUTIS_TRY(daemon.tag(image.config.digest, reference));
        return Loaded::named;
    }
    Contents one{.maker = contents.maker,
                 .images = {image},
                 .top = image.manifest,
                 .top_type = oci::kManifestType,
                 .references = {reference}};
    one.blobs = {image.config, image.manifest};
    for (const Layer& layer : image.layers)
        one.blobs.push_back(layer.blob);
    std::vector<Blob> parts = OUTIS_TRY(archive_parts(one, ArchiveForm::universal));
    OUTIS_TRY(daemon.load(archive_payload(std::move(parts))));
    if (OUTIS_TRY(daemon.match(reference.full(), image)) == Match::none)
        return unavailable("the daemon at '" + daemon.name() + "' took the image, but has no '" +
                           reference.familiar() + "' of it now");
    return Loaded::loaded;
}

}  // namespace outis::images::places
