#include "outis/images/transfer.h"

#include <memory>

#include "layers/store.h"
#include "places/copy_plan.h"
#include "places/each_once.h"
#include "places/put_image.h"
#include "places/remote.h"

namespace outis::images::places {

Result<Transferred, Error> transfer(const TransferOptions& options, const TransferWatch& watch)
{
    const Place from = OUTIS_TRY(parse_source(options.from));
    const Place to = OUTIS_TRY(parse_target(options.to));
    const registry::RegistrySettings settings = OUTIS_TRY(parse_remote(options.remote));
    if (options.referrers && to.transport != Transport::registry && to.transport != Transport::oci)
        return bad_input("'" + options.to + "' holds no referrers; name 'oci:DIR' or a registry");
    // Every word has been understood.

    const layers::BlobStore store = OUTIS_TRY(layers::BlobStore::open());
    const TransferWatch once{.blob = watch.blob, .note = each_once(watch.note)};
    const auto source = OUTIS_TRY(open_image(from, settings, store, once.note));
    const std::string platform = options.platform == "all" ? "" : options.platform;
    // A layout would show such tags as further images.
    const About about = !options.referrers                    ? About::nothing
                        : to.transport == Transport::registry ? About::referrers_and_tags
                                                              : About::referrers;
    const CopyPlan plan = OUTIS_TRY(plan_copy(*source, platform, about));
    // What belongs to the image is known; its manifests have been read and checked.

    return put_image(*source, plan, to, settings, once);
}

}  // namespace outis::images::places
