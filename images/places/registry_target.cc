#include <utility>

#include "places/target.h"

namespace outis::images::places {

namespace {

class RegistryTarget final : public ImageTarget {
public:
    RegistryTarget(const registry::Repository& repository, std::string tag)
        : repository_(repository), tag_(std::move(tag))
    {
    }

    Result<registry::Sent, Error> put_blob(const oci::Descriptor& blob, ImageSource& source,
                                           const registry::Advance& advance) override
    {
        const registry::Repository* from = source.repository();
        const bool neighbours = from != nullptr &&
                                from->registry().domain() == repository_.registry().domain() &&
                                from->path() != repository_.path();
        const registry::OpenBlob open = [&] { return source.blob(blob, [](std::uint64_t) {}); };
        return repository_.push_blob(blob, open, neighbours ? from->path() : "", advance);
    }

    Result<Done, Error> put_manifest(const oci::Manifest& manifest) override
    {
        const std::string& digest = manifest.descriptor.digest;
        // A referrer is pushed again: its entry in the fallback tag may be what is missing.
        if (manifest.subject.empty() && OUTIS_TRY(repository_.find_digest(digest)))
            return Done{};
        return repository_.push_manifest(manifest, digest);
    }

    Result<std::string, Error> finish(const oci::Manifest& top) override
    {
        const std::optional<std::string> there = OUTIS_TRY(repository_.find_digest(tag_));
        if (there != top.descriptor.digest)
            OUTIS_TRY(repository_.push_manifest(top, tag_));
        return "docker://" + repository_.registry().domain() + "/" + repository_.path() + ":" +
               tag_;
    }

private:
    const registry::Repository& repository_;
    std::string tag_;
};

}  // namespace

std::unique_ptr<ImageTarget> registry_target(const registry::Repository& repository,
                                             std::string tag)
{
    return std::make_unique<RegistryTarget>(repository, std::move(tag));
}

}  // namespace outis::images::places
