#include "places/reach.h"

#include <utility>

#include "places/daemon.h"

namespace outis::images::places {

namespace {

Result<Reached, Error> reach_daemon(const Place& place, const layers::BlobStore& store)
{
    Reached reached;
    reached.saved = OUTIS_TRY(fetch_from_daemon(place, store));
    Result<Held, Error> held = held_image(reached.saved->readable_path(), "", store);
    if (!held)
        return during("reading '" + place.text() + "'", held.take_failure());
    reached.source = held_source(held.take());
    return reached;
}

}  // namespace

Result<Remote, Error> open_remote(const oci::Reference& reference,
                                  const registry::RegistrySettings& settings,
                                  const registry::Notice& notice)
{
    Remote remote;
    remote.registry =
        OUTIS_TRY(registry::Registry::open(reference.domain, reference.path, settings, notice));
    remote.repository = std::make_unique<registry::Repository>(*remote.registry, reference.path);
    return remote;
}

Result<host::NewFile, Error> fetch_from_daemon(const Place& place, const layers::BlobStore& store)
{
    Daemon daemon = OUTIS_TRY(Daemon::open());
    host::NewFile file = OUTIS_TRY(store.create());
    OUTIS_TRY(daemon.save(place.reference.full(), [&](Bytes bytes) { return file.write(bytes); }));
    return file;
}

Result<Reached, Error> reach(const Place& place, const registry::RegistrySettings& settings,
                             const layers::BlobStore& store, const registry::Notice& notice)
{
    if (place.transport == Transport::daemon)
        return reach_daemon(place, store);
    Reached reached;
    if (place.transport == Transport::registry) {
        reached.remote = OUTIS_TRY(open_remote(place.reference, settings, notice));
        const std::string& wanted = place.digest.empty() ? place.reference.tag : place.digest;
        reached.source = registry_source(*reached.remote.repository, wanted, store);
    } else {
        Held held = OUTIS_TRY(open_held(place, store));
        reached.name = held.name;
        reached.source = held_source(std::move(held));
    }
    return reached;
}

oci::Reference name_of(const Place& place, const Reached& reached)
{
    return reached.name ? *reached.name : name_of(place);
}

}  // namespace outis::images::places
