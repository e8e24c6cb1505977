#include "places/transfer.h"

#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <utility>

#include "layers/store.h"
#include "places/hand_over.h"
#include "places/parallel.h"
#include "places/put_image.h"
#include "places/reach.h"
#include "places/remote.h"
#include "places/target.h"
#include "places/walk.h"
#include "registry/repository.h"

namespace outis::images::places {

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

// To the daemon, under the name that `destination` gives.
Result<Done, Error> load(Daemon& daemon, const Contents& contents, const Place& place,
                         const TransferWatch& watch)
{
    const Loaded loaded = OUTIS_TRY(load_into(daemon, contents, place.reference));
    if (loaded != Loaded::loaded && watch.note)
        watch.note("the daemon at '" + daemon.name() + "' had '" + place.path +
                   (loaded == Loaded::present ? "' already" : "' already under another name"));
    return Done{};
}

Result<std::unique_ptr<ImageTarget>, Error> open_local(const Place& to,
                                                       const oci::Reference& reference,
                                                       const TransferWatch& watch)
{
    if (to.is_file())
        return gathering_target(to, reference,
                                [to](const Contents& contents) { return save(contents, to); });
    const auto daemon = std::make_shared<Daemon>(OUTIS_TRY(Daemon::open()));
    return gathering_target(to, reference, [daemon, to, &watch](const Contents& contents) {
        return load(*daemon, contents, to, watch);
    });
}

struct Route {
    ImageSource& source;
    ImageTarget& target;
    std::size_t jobs;
    bool to_registry;
};

Result<Transferred, Error> move_all(const Route& route, const Walked& walked,
                                    const TransferWatch& watch)
{
    for (const std::string& note : walked.notes) {
        if (watch.note)
            watch.note(note);
    }
    Mover mover(route.source, route.target, walked.blobs, route.to_registry, watch);
    OUTIS_TRY(run_parallel(walked.blobs.size(), route.jobs,
                           [&](std::size_t at) { return mover.move(at); }));
    // Every blob is where it is named; nobody names it yet.

    for (const oci::Manifest& manifest : walked.manifests)
        OUTIS_TRY(route.target.put_manifest(manifest));
    Transferred done{.digest = walked.top.descriptor.digest,
                     .media_type = walked.top.descriptor.media_type,
                     .uploaded = mover.count(registry::Sent::uploaded),
                     .present = mover.count(registry::Sent::present),
                     .mounted = mover.count(registry::Sent::mounted),
                     .referrers = walked.referrers.size()};
    if (!walked.referrers.empty()) {
        OUTIS_TRY(route.target.put_manifest(walked.top));
        for (const oci::Manifest& referrer : walked.referrers)
            OUTIS_TRY(route.target.put_manifest(referrer));
    }
    // All manifests are there; the name comes last.

    done.references.push_back(OUTIS_TRY(route.target.finish(walked.top)));
    return done;
}

// With what refers to the image.
Result<Done, Error> push(const Contents& contents, const Place& place,
                         const registry::RegistrySettings& registries, const TransferWatch& watch)
{
    const std::unique_ptr<ImageSource> source = held_source(held(contents));
    const Walked walked = OUTIS_TRY(walk(*source, "", true));
    const Remote goal = OUTIS_TRY(open_remote(place.reference, registries, watch.note));
    const std::unique_ptr<ImageTarget> target =
        registry_target(*goal.repository, place.reference.tag);
    OUTIS_TRY(move_all({*source, *target, registries.jobs, true}, walked, watch));
    return Done{};
}

}  // namespace

registry::Notice said_once(const registry::Notice& note)
{
    struct Said {
        std::mutex mutex = {};
        std::set<std::string> notes = {};
    };

    return [note, said = std::make_shared<Said>()](const std::string& text) {
        const std::scoped_lock lock(said->mutex);
        if (said->notes.insert(text).second && note)
            note(text);
    };
}

Result<Transferred, Error> transfer(const TransferOptions& options, const TransferWatch& watch)
{
    const Place from = OUTIS_TRY(parse_source(options.from));
    const Place to = OUTIS_TRY(parse_target(options.to));
    const registry::RegistrySettings settings = OUTIS_TRY(parse_remote(options.remote));
    const bool to_registry = to.transport == Transport::registry;
    if (options.referrers && !to_registry && to.transport != Transport::oci)
        return bad_input("'" + options.to + "' holds no referrers; name 'oci:DIR' or a registry");
    // Every word has been understood.

    const layers::BlobStore store = OUTIS_TRY(layers::BlobStore::open());
    store.prune(layers::kMaxStoreSize);
    const registry::Notice note = said_once(watch.note);
    const Reached origin = OUTIS_TRY(reach(from, settings, store, note));
    const std::unique_ptr<ImageSource>& source = origin.source;
    const std::string platform = options.platform == "all" ? "" : options.platform;
    const Walked walked = OUTIS_TRY(walk(*source, platform, options.referrers));
    // What belongs to the image is known; its manifests have been read and checked.

    Remote goal;
    std::unique_ptr<ImageTarget> target;
    if (to_registry) {
        goal = OUTIS_TRY(open_remote(to.reference, settings, note));
        target = registry_target(*goal.repository, to.reference.tag);
    } else {
        target = OUTIS_TRY(open_local(to, name_of(from, origin), watch));
    }
    return move_all({*source, *target, settings.jobs, to_registry}, walked, watch);
}

Result<std::vector<std::string>, Error> hand_over(const Bundle& bundle, const Place& place,
                                                  const registry::RegistrySettings& registries,
                                                  const TransferWatch& watch)
{
    if (place.is_file())
        return deliver(bundle, place);
    const Contents contents = contents_of(bundle);
    if (place.transport == Transport::daemon) {
        Daemon daemon = OUTIS_TRY(Daemon::open());
        OUTIS_TRY(load(daemon, contents, place, watch));
    } else {
        OUTIS_TRY(push(contents, place, registries, watch));
    }
    return std::vector<std::string>();
}

}  // namespace outis::images::places
