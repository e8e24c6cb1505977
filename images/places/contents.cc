#include "places/contents.h"

#include <map>

#include "oci/manifest.h"

namespace outis::images::places {

Contents contents_of(const Bundle& bundle)
{
    Contents contents{.images = bundle.images,
                      .top = bundle.top(),
                      .top_type = bundle.index ? oci::kIndexType : oci::kManifestType,
                      .references = bundle.references};
    std::map<std::string, const Blob*> blobs;
    const auto add = [&](const Blob& blob) { blobs.emplace(blob.digest, &blob); };
    for (const Image& image : bundle.images) {
        add(image.config);
        add(image.manifest);
        for (const Layer& layer : image.layers)
            add(layer.blob);
    }
    add(bundle.top());
    for (const auto& [digest, blob] : blobs)
        contents.blobs.push_back(*blob);
    contents.referrers = referrers_of(bundle);
    if (!contents.referrers.empty())
        contents.about.push_back(oci::text_blob(oci::kEmptyText));
    for (const Referrer& referrer : contents.referrers)
        contents.about.push_back(referrer.manifest);
    for (const Document& document : bundle.documents)
        contents.about.push_back(document.blob);
    return contents;
}

}  // namespace outis::images::places
