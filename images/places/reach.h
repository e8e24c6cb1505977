// An image wherever it is, together with all that its source stands on.
#pragma once

#include <memory>
#include <optional>

#include "host/new_file.h"
#include "places/origin_place.h"
#include "places/source.h"
#include "registry/repository.h"

namespace outis::images {

// A repository with the registry it is in; where they are must not change.
struct Remote {
    std::unique_ptr<Registry> registry = {};
    std::unique_ptr<Repository> repository = {};
};

Result<Remote, Error> open_remote(const Reference& reference, const RegistrySettings& settings,
                                  const Notice& notice);

struct Reached {
    Remote remote = {};
    std::optional<NewFile> saved = {};  // what a daemon sent
    std::unique_ptr<ImageSource> source = {};
    std::optional<Reference> name = {};  // that the image carries
};

Result<Reached, Error> reach(const SourcePlace& place, const RegistrySettings& settings,
                             const BlobStore& store, const Notice& notice);

// What the image is called: its name there, else the one it carries, else that of its file.
Reference name_of(const SourcePlace& place, const Reached& reached);

// What a daemon has under the name of `place`, as `docker save` writes it, in a file without a
// name.
Result<NewFile, Error> fetch_from_daemon(const Destination& place, const BlobStore& store);

}  // namespace outis::images
