#include "bake/summary.h"

#include <utility>

#include "layers/platform.h"

namespace outis::images::bake {

Baked summary_of(const places::Bundle& bundle, const std::string& profile,
                 std::vector<std::string> outputs)
{
    Baked baked{.name = bundle.references.front().familiar(),
                .outputs = std::move(outputs),
                .digest = bundle.top().digest,
                .profile = profile,
                .user = bundle.images.front().user,
                .notes = bundle.images.front().notes};
    for (const Image& image : bundle.images)
        baked.platforms.push_back(layers::platform_name(image.arch));
    const Image& first = bundle.images.front();
    baked.pulled_size = first.config.size + first.manifest.size;
    for (const Layer& layer : first.layers) {
        baked.unpacked_size += layer.unpacked_size;
        baked.pulled_size += layer.blob.size;
    }
    return baked;
}

}  // namespace outis::images::bake
