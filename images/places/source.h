// Where an image comes from: a registry, a daemon, a file or a folder.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "layers/store.h"
#include "oci/reference.h"
#include "places/contents.h"
#include "places/place.h"
#include "registry/repository.h"
#include "view/documents.h"

namespace outis::images::places {

class ImageSource {
public:
    ImageSource(const ImageSource&) = delete;
    ImageSource& operator=(const ImageSource&) = delete;
    virtual ~ImageSource() = default;

    // What the name means: a manifest or an index. Asked first; the other answers are about it.
    virtual Result<oci::Manifest, Error> top() = 0;
    virtual Result<oci::Manifest, Error> manifest(const oci::Descriptor& descriptor) = 0;
    // Where the blob's bytes are, as long as the source lives; fetched first if they are elsewhere.
    // From any thread.
    virtual Result<Blob, Error> blob(const oci::Descriptor& descriptor,
                                     const registry::Advance& advance) = 0;
    // The descriptors of what refers to the manifest of that digest.
    virtual Result<std::vector<oci::Descriptor>, Error> referrers(const std::string& digest) = 0;

    // The manifest with that tag beside the image, if there is one.
    virtual Result<std::optional<oci::Manifest>, Error> tagged(const std::string&)
    {
        return std::optional<oci::Manifest>();
    }

    // What the image is called: its name there, else the one it carries, else that of its file.
    [[nodiscard]] virtual oci::Reference name() const { return {}; }

    // Whether it has just been made here, and needs no check.
    [[nodiscard]] virtual bool is_ours() const { return false; }

    // The repository that blobs could be mounted from, or null.
    [[nodiscard]] virtual const registry::Repository* repository() const { return nullptr; }

    // All documents and blobs by their paths in a layout or archive. The answer may outlive the
    // source. Of a file or a daemon it has all that is there; a registry is asked for the image of
    // `platform` ("linux/arm64"; empty: this machine's; "all": every one). Without top().
    virtual Result<view::FindMember, Error> members(const std::string& platform);

protected:
    ImageSource() = default;
};

// Opens the image wherever it is. What is missing, or no image at all, is an error that names it.
// What a registry has is pulled into the store, where a later run finds it. The store must outlive
// the source; `notice` is told what the registry wants its users to know.
Result<std::unique_ptr<ImageSource>, Error> open_image(const Place& place,
                                                       const registry::RegistrySettings& settings,
                                                       const layers::BlobStore& store,
                                                       const registry::Notice& notice);

// An image that is at hand already.
std::unique_ptr<ImageSource> contents_source(Contents contents);

}  // namespace outis::images::places
