#include <filesystem>
#include <system_error>
#include <utility>

#include "host/digest.h"
#include "host/new_file.h"
#include "places/copy.h"
#include "places/source.h"

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

class RegistrySource final : public ImageSource {
public:
    RegistrySource(const registry::Repository& repository, std::string name,
                   const layers::BlobStore& store)
        : repository_(repository), name_(std::move(name)), store_(store)
    {
    }

    Result<oci::Manifest, Error> top() override { return find(name_); }

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

    const registry::Repository& repository_;
    std::string name_;
    const layers::BlobStore& store_;
};

}  // namespace

std::unique_ptr<ImageSource> registry_source(const registry::Repository& repository,
                                             std::string name, const layers::BlobStore& store)
{
    return std::make_unique<RegistrySource>(repository, std::move(name), store);
}

}  // namespace outis::images::places
