#include <utility>

#include "host/new_file.h"
#include "oci/manifest.h"
#include "outis/images/transfer.h"
#include "places/blob.h"
#include "places/copy_plan.h"
#include "places/daemon.h"
#include "places/parallel.h"
#include "places/source.h"
#include "places/sources.h"

namespace outis::images::places {

namespace {

// What a daemon has under the name of `place`, as `docker save` writes it, in a file without name.
Result<host::NewFile, Error> save_from_daemon(const Place& place, const layers::BlobStore& store)
{
    Daemon daemon = OUTIS_TRY(Daemon::open());
    host::NewFile file = OUTIS_TRY(store.create());
    const std::string name = place.id.empty() ? place.reference.full() : place.id;
    OUTIS_TRY(daemon.save(name, [&](Bytes bytes) { return file.write(bytes); }));
    return file;
}

}  // namespace

Result<view::FindMember, Error> ImageSource::members(const std::string& platform)
{
    const std::string wanted = platform.empty() ? kThisMachine : platform == "all" ? "" : platform;
    const CopyPlan plan = OUTIS_TRY(plan_copy(*this, wanted, About::nothing));
    const std::size_t jobs = repository() == nullptr ? 1 : repository()->registry().settings().jobs;
    std::vector<Blob> fetched(plan.blobs.size());
    const auto fetch = [&](std::size_t at) -> Result<Done, Error> {
        fetched[at] = OUTIS_TRY(blob(plan.blobs[at], [](std::uint64_t) {}));
        return Done{};
    };
    OUTIS_TRY(run_parallel(fetched.size(), jobs, fetch));
    // Every blob of the image is at hand.

    const oci::Reference called = name();
    const Blob top = oci::text_blob(plan.top.text);
    fetched.push_back(top);
    for (const oci::Manifest& manifest : plan.manifests)
        fetched.push_back(oci::text_blob(manifest.text));
    return find_among(
        std::move(fetched),
        {{"oci-layout", oci::kLayoutText},
         {"index.json", oci::layout_index_json(top, plan.top.descriptor.media_type, &called)}});
}

Result<std::unique_ptr<ImageSource>, Error> open_image(const Place& place,
                                                       const registry::RegistrySettings& settings,
                                                       const layers::BlobStore& store,
                                                       const registry::Notice& notice)
{
    if (place.transport == Transport::registry)
        return registry_source(place, settings, store, notice);
    std::optional<host::NewFile> saved;
    if (place.transport == Transport::daemon)
        saved = OUTIS_TRY(save_from_daemon(place, store));
    return local_source(place, std::move(saved), store);
}

}  // namespace outis::images::places
