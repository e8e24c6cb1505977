#include <filesystem>
#include <system_error>
#include <utility>

#include "host/digest.h"
#include "host/new_file.h"
#include "places/blob.h"
#include "places/sources.h"

namespace outis::images::places {

namespace fs = std::filesystem;

namespace {

// In the store, where it is now as good as new.
bool is_there(const fs::path& place, const oci::Descriptor& blob)
{
    if (!is_blob_at(place, blob.digest, blob.size))
        return false;
    std::error_code ignored;
    fs::last_write_time(place, fs::file_time_type::clock::now(), ignored);
    return true;
}

// Whatever a manifest says of a blob's size: that much is not begun which cannot end.
Result<Done, Error> check_room(const fs::path& place, const oci::Descriptor& blob)
{
    if (blob.size > oci::kMaxBlob)
        return unavailable(too_large(blob));
    std::error_code unknown;
    const fs::space_info room = fs::space(place.parent_path(), unknown);
    if (unknown || blob.size <= room.available)
        return Done{};
    return unavailable("blob '" + blob.digest + "' has " + std::to_string(blob.size) +
                       " bytes, and " + std::to_string(room.available) + " are free in '" +
                       place.parent_path().string() + "'; make room, or set XDG_CACHE_HOME");
}

class RegistrySource final : public ImageSource {
public:
    RegistrySource(Place place, std::unique_ptr<registry::Registry> registry,
                   const layers::BlobStore& store)
        : place_(std::move(place)),
          registry_(std::move(registry)),
          repository_(*registry_, place_.reference.path),
          store_(store)
    {
    }

    Result<oci::Manifest, Error> top() override
    {
        return find(place_.digest.empty() ? place_.reference.tag : place_.digest);
    }

    Result<oci::Manifest, Error> manifest(const oci::Descriptor& descriptor) override
    {
        oci::Manifest manifest = OUTIS_TRY(find(descriptor.digest));
        if (manifest.descriptor.size != descriptor.size)
            return unavailable("'" + descriptor.digest + "' has another size than its index says");
        if (!descriptor.media_type.empty() &&
            manifest.descriptor.media_type != descriptor.media_type)
            return unavailable("'" + descriptor.digest +
                               "' is of another type than its index says");
        manifest.descriptor.platform = descriptor.platform;
        return manifest;
    }

    Result<Blob, Error> blob(const oci::Descriptor& descriptor,
                             const registry::Advance& advance) override
    {
        constexpr std::size_t kPrefix = sizeof "sha256:" - 1;
        const host::Digest digest{.hex = descriptor.digest.substr(kPrefix)};
        const fs::path place = store_.path(digest);
        const Blob blob{.digest = descriptor.digest, .size = descriptor.size, .content = place};
        if (is_there(place, descriptor))
            return blob;
        OUTIS_TRY(check_room(place, descriptor));
        host::NewFile file = OUTIS_TRY(store_.create());
        const registry::Receiver receiver{.restart = [&]() -> Result<Done, Error> {
                                              file = OUTIS_TRY(store_.create());
                                              return Done{};
                                          },
                                          .write = [&](Bytes bytes) { return file.write(bytes); }};
        OUTIS_TRY(repository_.pull_blob(descriptor, receiver, advance));
        OUTIS_TRY(store_.keep(std::move(file), digest));
        return blob;
    }

    Result<std::vector<oci::Descriptor>, Error> referrers(const std::string& digest) override
    {
        return repository_.referrers(digest);
    }

    Result<std::optional<oci::Manifest>, Error> tagged(const std::string& tag) override
    {
        return repository_.find_manifest(tag);
    }

    [[nodiscard]] oci::Reference name() const override { return place_.reference; }

    [[nodiscard]] const registry::Repository* repository() const override { return &repository_; }

private:
    Result<oci::Manifest, Error> find(const std::string& name) const
    {
        const std::optional<oci::Manifest> manifest = OUTIS_TRY(repository_.find_manifest(name));
        if (manifest)
            return *manifest;
        return unavailable("registry '" + repository_.registry().domain() + "' has no '" +
                           repository_.path() + "' at '" + name + "'");
    }

    Place place_;
    std::unique_ptr<registry::Registry> registry_;
    registry::Repository repository_;
    const layers::BlobStore& store_;
};

}  // namespace

Result<std::unique_ptr<ImageSource>, Error> registry_source(
    const Place& place, const registry::RegistrySettings& settings, const layers::BlobStore& store,
    const registry::Notice& notice)
{
    store.prune(layers::kMaxStoreSize);
    const oci::Reference& name = place.reference;
    auto registry = OUTIS_TRY(registry::Registry::open(name.domain, name.path, settings, notice));
    return std::unique_ptr<ImageSource>(new RegistrySource(place, std::move(registry), store));
}

}  // namespace outis::images::places
