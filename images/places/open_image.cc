#include <filesystem>
#include <map>
#include <utility>

#include "host/input.h"
#include "host/new_file.h"
#include "oci/manifest.h"
#include "outis/images/transfer.h"
#include "places/copy_plan.h"
#include "places/daemon.h"
#include "places/local_source.h"
#include "places/parallel.h"
#include "places/registry_source.h"
#include "places/source.h"

namespace outis::images::places {

namespace {

// What a daemon has under the name of `place`, as `docker save` writes it, in a file without name.
Result<host::NewFile, Error> save_from_daemon(const Place& place, const layers::BlobStore& store)
{
    Daemon daemon = OUTIS_TRY(Daemon::open());
    host::NewFile file = OUTIS_TRY(store.create());
    OUTIS_TRY(daemon.save(place.reference.full(), [&](Bytes bytes) { return file.write(bytes); }));
    return file;
}

// A blob with its bytes at hand.
struct MappedBlob {
    std::string text;
    std::optional<host::MappedFile> file;
    Bytes bytes;
};

using MappedBlobs = std::map<std::string, MappedBlob>;

void add_text(MappedBlobs& blobs, const std::string& path, std::string text)
{
    MappedBlob& blob = blobs[path];
    blob.text = std::move(text);
    blob.bytes = host::as_bytes(blob.text);
}

Result<Done, Error> add_blob(MappedBlobs& blobs, const Blob& blob)
{
    const std::string path = oci::blob_path(blob);
    if (const auto* text = std::get_if<std::string>(&blob.content)) {
        add_text(blobs, path, *text);
        return Done{};
    }
    MappedBlob& mapped = blobs[path];
    mapped.file = OUTIS_TRY(host::MappedFile::open(std::get<std::filesystem::path>(blob.content)));
    if (blob.offset + blob.size > mapped.file->bytes().size())
        return unavailable("'" + blob.digest + "' is cut off; run the command again");
    mapped.bytes = mapped.file->bytes().subspan(blob.offset, blob.size);
    return Done{};
}

}  // namespace

Result<view::FindMember, Error> ImageSource::members(const std::string& platform)
{
    const std::string wanted = platform.empty() ? kThisMachine : platform == "all" ? "" : platform;
    const CopyPlan plan = OUTIS_TRY(plan_copy(*this, wanted, false));
    const std::size_t jobs = repository() == nullptr ? 1 : repository()->registry().settings().jobs;
    std::vector<Blob> fetched(plan.blobs.size());
    const auto fetch = [&](std::size_t at) -> Result<Done, Error> {
        fetched[at] = OUTIS_TRY(blob(plan.blobs[at], [](std::uint64_t) {}));
        return Done{};
    };
    OUTIS_TRY(run_parallel(fetched.size(), jobs, fetch));
    // Every blob of the image is at hand.

    const auto blobs = std::make_shared<MappedBlobs>();
    const oci::Reference called = name();
    const Blob top = oci::text_blob(plan.top.text);
    add_text(*blobs, "oci-layout", oci::kLayoutText);
    add_text(*blobs, "index.json",
             oci::layout_index_json(top, plan.top.descriptor.media_type, &called));
    OUTIS_TRY(add_blob(*blobs, top));
    for (const oci::Manifest& manifest : plan.manifests)
        OUTIS_TRY(add_blob(*blobs, oci::text_blob(manifest.text)));
    for (const Blob& one : fetched)
        OUTIS_TRY(add_blob(*blobs, one));
    return view::FindMember([blobs](const std::string& path) -> std::optional<Bytes> {
        const auto found = blobs->find(path);
        return found == blobs->end() ? std::nullopt : std::optional(found->second.bytes);
    });
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
