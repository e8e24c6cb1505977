#include "places/put_image.h"

#include <filesystem>
#include <memory>
#include <mutex>
#include <system_error>
#include <utility>

#include "host/new_file.h"
#include "places/archive.h"
#include "places/blob.h"
#include "places/layout.h"
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

// Moves the blobs and says how it goes.
class Mover {
public:
    Mover(ImageSource& source, ImageTarget& target, const std::vector<oci::Descriptor>& blobs,
          bool to_registry, const TransferWatch& watch)
        : source_(source), target_(target), blobs_(blobs), to_registry_(to_registry), watch_(watch)
    {
    }

    Result<Done, Error> move(std::size_t at)
    {
        BlobProgress progress{.number = at,
                              .count = blobs_.size(),
                              .digest = blobs_[at].digest,
                              .size = blobs_[at].size,
                              .state = BlobState::moving};
        const registry::Advance advance = [&](std::uint64_t bytes) {
            progress.moved = bytes;
            say(progress);
        };
        say(progress);
        const Result<registry::Sent, Error> sent = target_.put_blob(blobs_[at], source_, advance);
        progress.state = sent ? state_of(sent.value(), to_registry_) : BlobState::failed;
        if (sent)
            progress.moved = progress.size;
        say(progress);
        if (!sent)
            return Failure{sent.error()};
        const std::scoped_lock lock(mutex_);
        ++counts_[static_cast<std::size_t>(sent.value())];
        return Done{};
    }

    [[nodiscard]] std::uint64_t count(registry::Sent sent) const
    {
        return counts_[static_cast<std::size_t>(sent)];
    }

private:
    void say(const BlobProgress& progress) const
    {
        if (watch_.blob)
            watch_.blob(progress);
    }

    ImageSource& source_;
    ImageTarget& target_;
    const std::vector<oci::Descriptor>& blobs_;
    bool to_registry_;
    const TransferWatch& watch_;
    std::mutex mutex_;
    std::uint64_t counts_[3] = {};  // by Sent
};

// Where a document with `ending` goes; empty if there is no such place.
fs::path file_beside(const Place& place, const std::string& ending)
{
    std::error_code ignored;
    const fs::path tar = place.path;
    if (place.transport == Transport::oci || !place.is_file() || tar == "-" ||
        (fs::exists(tar, ignored) && !fs::is_regular_file(tar, ignored)))
        return {};
    fs::path beside = tar;
    if (beside.extension() == ".tar")
        beside.replace_extension();
    return beside += ending;
}

Result<Done, Error> put_file(const Contents& contents, const Place& place)
{
    switch (place.transport) {
    case Transport::universal: return put_in_archive(contents, ArchiveForm::universal, place.path);
    case Transport::oci: return put_in_layout(contents, place.path, place.tag);
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
    const std::unique_ptr<ImageTarget> target =
        OUTIS_TRY(open_target(place, source.name(), settings, watch));
    const bool to_registry = place.transport == Transport::registry;
    Mover mover(source, *target, plan.blobs, to_registry, watch);
    OUTIS_TRY(run_parallel(plan.blobs.size(), settings.jobs,
                           [&](std::size_t at) { return mover.move(at); }));
    // Every blob is where it is named; nobody names it yet.

    for (const oci::Manifest& manifest : plan.manifests)
        OUTIS_TRY(target->put_manifest(manifest));
    Transferred done{.digest = plan.top.descriptor.digest,
                     .media_type = plan.top.descriptor.media_type,
                     .uploaded = mover.count(registry::Sent::uploaded),
                     .present = mover.count(registry::Sent::present),
                     .mounted = mover.count(registry::Sent::mounted),
                     .referrers = plan.referrers.size()};
    if (!plan.referrers.empty()) {
        OUTIS_TRY(target->put_manifest(plan.top));
        for (const oci::Manifest& referrer : plan.referrers)
            OUTIS_TRY(target->put_manifest(referrer));
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
        const CopyPlan plan = OUTIS_TRY(plan_copy(*source, "", true));
        OUTIS_TRY(put_image(*source, plan, place, settings, watch));
    }
    return std::vector<std::string>();
}

}  // namespace outis::images::places
