// An image wherever it is, together with all that its source stands on.
#pragma once

#include <memory>
#include <optional>

#include "host/new_file.h"
#include "places/place.h"
#include "places/source.h"
#include "registry/repository.h"

namespace outis::images::places {

// A repository with the registry it is in; where they are must not change.
struct Remote {
    std::unique_ptr<registry::Registry> registry = {};
    std::unique_ptr<registry::Repository> repository = {};
};

Result<Remote, Error> open_remote(const oci::Reference& reference,
                                  const registry::RegistrySettings& settings,
                                  const registry::Notice& notice);

struct Reached {
    Remote remote = {};
    std::optional<host::NewFile> saved = {};  // what a daemon sent
    std::unique_ptr<ImageSource> source = {};
    std::optional<oci::Reference> name = {};  // that the image carries
};

Result<Reached, Error> reach(const Place& place, const registry::RegistrySettings& settings,
                             const layers::BlobStore& store, const registry::Notice& notice);

// What the image is called: its name there, else the one it carries, else that of its file.
oci::Reference name_of(const Place& place, const Reached& reached);

// What a daemon has under the name of `place`, as `docker save` writes it, in a file without a
// name.
Result<host::NewFile, Error> fetch_from_daemon(const Place& place, const layers::BlobStore& store);

}  // namespace outis::images::places
