#include "places/put_image.h"

#include <array>
#include <atomic>
#include <filesystem>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>

#include "host/new_file.h"
#include "layers/compress.h"
#include "places/archive.h"
#include "places/blob.h"
#include "places/diff_ids.h"
#include "places/layout.h"
#include "places/outputs.h"
#include "places/parallel.h"
#include "places/put_in_daemon.h"
#include "places/target.h"

namespace outis::images::places {

namespace fs = std::filesystem;

namespace {

BlobState state_of(registry::Sent sent, bool remote)
{
    switch (sent) {
    case registry::Sent::present: return BlobState::present;
    case registry::Sent::mounted: return BlobState::mounted;
    case registry::Sent::uploaded: return remote ? BlobState::uploaded : BlobState::saved;
    }
    __builtin_trap();
}

// Moves the blob with number `at` of `plan`, and tells `watch` how it goes.
Result<registry::Sent, Error> move_blob(ImageSource& source, ImageTarget& target,
                                        const CopyPlan& plan, std::size_t at, bool is_remote,
                                        const TransferWatch& watch)
{
    const oci::Descriptor& blob = plan.blobs[at];
    BlobProgress progress{
        .number = at, .count = plan.blobs.size(), .digest = blob.digest, .size = blob.size};
    const auto tell = [&](BlobState state, std::uint64_t moved) {
        progress.state = state;
        progress.moved = moved;
        if (watch.blob)
            watch.blob(progress);
    };
    tell(BlobState::moving, 0);
    const Result<registry::Sent, Error> sent =
        target.put_blob(blob, source, [&](std::uint64_t bytes) { tell(BlobState::moving, bytes); });
    if (sent)
        tell(state_of(sent.value(), is_remote), blob.size);
    else
        tell(BlobState::failed, progress.moved);
    return sent;
}

// Called as `place` says, if it does.
Result<Contents, Error> named(Contents contents, const Place& place)
{
    if (place.tag.empty())
        return contents;
    if (is_whole_name(place.tag))
        contents.references = {OUTIS_TRY(oci::parse_reference(place.tag))};
    else
        contents.references.front().tag = place.tag;
    contents.tag = place.tag;
    return contents;
}

Result<Done, Error> put_file(Contents unnamed, const Place& place)
{
    const Contents contents = OUTIS_TRY(named(std::move(unnamed), place));
    switch (place.transport) {
    case Transport::universal: return put_in_archive(contents, ArchiveForm::universal, place.path);
    case Transport::oci: return put_in_layout(contents, place.path);
    case Transport::oci_archive: return put_in_archive(contents, ArchiveForm::oci, place.path);
    case Transport::docker_archive:
        return put_in_archive(contents, ArchiveForm::docker, place.path);
    case Transport::registry:
    case Transport::daemon: __builtin_trap();  // no file
    }
    __builtin_trap();
}

// To the daemon, under the name that `place` gives.
Result<Done, Error> load_daemon(Daemon& daemon, const Contents& contents, const Place& place,
                                const TransferWatch& watch)
{
    const Loaded loaded = OUTIS_TRY(put_in_daemon(daemon, contents, place.reference));
    if (loaded != Loaded::loaded && watch.note)
        watch.note("the daemon at '" + daemon.name() + "' had '" + place.path +
                   (loaded == Loaded::present ? "' already" : "' already under another name"));
    return Done{};
}

// `reference` is what the image is called in a file.
Result<std::unique_ptr<ImageTarget>, Error> open_target(const Place& place,
                                                        const oci::Reference& reference,
                                                        const registry::RegistrySettings& settings,
                                                        const TransferWatch& watch)
{
    if (place.transport == Transport::registry)
        return registry_target(place, settings, watch.note);
    if (place.is_file())
        return local_target(place, reference, [place](const Contents& contents) {
            return put_file(contents, place);
        });
    const auto daemon = std::make_shared<Daemon>(OUTIS_TRY(Daemon::open()));
    return local_target(place, reference, [daemon, place, &watch](const Contents& contents) {
        return load_daemon(*daemon, contents, place, watch);
    });
}

Result<std::vector<std::string>, Error> put_with_documents(const Bundle& bundle, const Place& place)
{
    std::vector<host::NewFile> documents;
    std::vector<std::string> names;
    for (const Document& document : bundle.documents) {
        const fs::path file = file_beside(place, document.ending);
        if (file.empty())
            continue;
        names.push_back(file.string());
        documents.push_back(OUTIS_TRY(host::NewFile::create(file)));
        OUTIS_TRY(
            copy_blob(document.blob, [&](Bytes bytes) { return documents.back().write(bytes); }));
    }
    OUTIS_TRY(put_file(contents_of(bundle), place));
    for (host::NewFile& document : documents)
        OUTIS_TRY(document.commit());
    return names;
}

}  // namespace

Result<Transferred, Error> put_image(ImageSource& source, const CopyPlan& plan, const Place& place,
                                     const registry::RegistrySettings& settings,
                                     const TransferWatch& watch)
{
    for (const std::string& note : plan.notes) {
        if (watch.note)
            watch.note(note);
    }
    const std::size_t readers = layers::compression_threads();
    const bool is_from_afar = source.repository() != nullptr;
    if (!source.is_ours() && !is_from_afar)
        OUTIS_TRY(check_diff_ids(source, plan, readers, [](const std::string&) { return true; }));
    // Layers that are here are what the configuration promises, before any of them goes anywhere.

    const std::unique_ptr<ImageTarget> target =
        OUTIS_TRY(open_target(place, source.name(), settings, watch));
    const bool is_remote = place.transport == Transport::registry;
    std::array<std::atomic<std::uint64_t>, 3> counts{};  // of blobs, by Sent
    std::mutex mutex;
    std::set<std::string> passed;  // digests of the blobs that have come through here
    const auto move = [&](std::size_t at) -> Result<Done, Error> {
        const registry::Sent sent =
            OUTIS_TRY(move_blob(source, *target, plan, at, is_remote, watch));
        ++counts[static_cast<std::size_t>(sent)];
        const std::scoped_lock lock(mutex);
        if (sent == registry::Sent::uploaded)
            passed.insert(plan.blobs[at].digest);
        return Done{};
    };
    OUTIS_TRY(run_parallel(plan.blobs.size(), settings.jobs, move));
    if (is_from_afar)
        OUTIS_TRY(check_diff_ids(source, plan, readers, [&](const std::string& digest) {
            return passed.contains(digest);
        }));
    // Every blob is where it is named; no manifest names it yet.

    for (const oci::Manifest& manifest : plan.manifests)
        OUTIS_TRY(target->put_manifest(manifest));
    Transferred done{.digest = plan.top.descriptor.digest,
                     .media_type = plan.top.descriptor.media_type,
                     .uploaded = counts[static_cast<std::size_t>(registry::Sent::uploaded)],
                     .present = counts[static_cast<std::size_t>(registry::Sent::present)],
                     .mounted = counts[static_cast<std::size_t>(registry::Sent::mounted)],
                     .referrers = plan.referrers.size() + plan.tagged.size()};
    if (!plan.referrers.empty() || !plan.tagged.empty()) {
        OUTIS_TRY(target->put_manifest(plan.top));
        for (const oci::Manifest& referrer : plan.referrers)
            OUTIS_TRY(target->put_manifest(referrer));
        for (const Tagged& tagged : plan.tagged)
            OUTIS_TRY(target->put_tagged(tagged.manifest, tagged.tag));
    }
    // All manifests are there; the name comes last.

    done.references.push_back(OUTIS_TRY(target->finish(plan.top)));
    return done;
}

Result<std::vector<std::string>, Error> put_image(const Bundle& bundle, const Place& place,
                                                  const registry::RegistrySettings& settings,
                                                  const TransferWatch& watch)
{
    if (place.is_file())
        return put_with_documents(bundle, place);
    if (place.transport == Transport::daemon) {
        Daemon daemon = OUTIS_TRY(Daemon::open());
        OUTIS_TRY(load_daemon(daemon, contents_of(bundle), place, watch));
    } else {
        const std::unique_ptr<ImageSource> source = contents_source(contents_of(bundle));
        const CopyPlan plan = OUTIS_TRY(plan_copy(*source, "", About::referrers));
        OUTIS_TRY(put_image(*source, plan, place, settings, watch));
    }
    return std::vector<std::string>();
}

}  // namespace outis::images::places
