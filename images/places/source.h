// Where an image comes from: a registry, or blobs that are at hand.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "layers/store.h"
#include "oci/reference.h"
#include "places/contents.h"
#include "places/opened.h"
#include "places/place.h"
#include "registry/repository.h"

namespace outis::images::places {

class ImageSource {
public:
    ImageSource(const ImageSource&) = delete;
    ImageSource& operator=(const ImageSource&) = delete;
    virtual ~ImageSource() = default;

    // What the name means: a manifest or an index.
    virtual Result<oci::Manifest, Error> top() = 0;
    virtual Result<oci::Manifest, Error> manifest(const oci::Descriptor& descriptor) = 0;
    // Where the blob's bytes are; fetched first if they are elsewhere. From any thread.
    virtual Result<Blob, Error> blob(const oci::Descriptor& descriptor,
                                     const registry::Advance& advance) = 0;
    // What refers to the manifest of that digest.
    virtual Result<std::vector<oci::Descriptor>, Error> referrers(const std::string& digest) = 0;

    // The repository that blobs could be mounted from, or null.
    [[nodiscard]] virtual const registry::Repository* repository() const { return nullptr; }

protected:
    ImageSource() = default;
};

// Blobs by digest, and the entries of index.json beside the one that was asked for.
struct Held {
    std::map<std::string, Blob> blobs = {};
    oci::Descriptor top = {};
    std::vector<oci::Descriptor> others = {};
    std::optional<oci::Reference> name = {};        // that the image carries
    std::shared_ptr<const OpenedImage> image = {};  // what the blobs lie in, if it is one
};

std::unique_ptr<ImageSource> held_source(Held held);
Held held(const Contents& contents);

// A layout's folder, a tar with a layout in it, or what `docker save` writes; layers of the last
// are compressed into the store. Of several images the one with the tag.
Result<Held, Error> open_held(const Place& place, const layers::BlobStore& store);

// The same of a file or folder that is there; errors do not name it.
Result<Held, Error> held_image(const std::filesystem::path& path, const std::string& tag,
                               const layers::BlobStore& store);

// What `docker save` writes, as a manifest of ours says it.
Result<Held, Error> held_docker_archive(std::shared_ptr<const OpenedImage> image,
                                        const std::string& tag, const layers::BlobStore& store);

// Blobs are pulled into the store, where a later run finds them.
std::unique_ptr<ImageSource> registry_source(const registry::Repository& repository,
                                             std::string name, const layers::BlobStore& store);

}  // namespace outis::images::places
