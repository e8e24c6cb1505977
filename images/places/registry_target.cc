#include <utility>

#include "places/target.h"

namespace outis::images::places {

namespace {

class RegistryTarget final : public ImageTarget {
public:
    RegistryTarget(const oci::Reference& name, std::unique_ptr<registry::Registry> registry)
        : registry_(std::move(registry)), repository_(*registry_, name.path), tag_(name.tag)
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

    Result<Done, Error> put_tagged(const oci::Manifest& manifest, const std::string& tag) override
    {
        if (OUTIS_TRY(repository_.find_digest(tag)) == manifest.descriptor.digest)
            return Done{};
        return repository_.push_manifest(manifest, tag);
    }

    Result<std::string, Error> finish(const oci::Manifest& top) override
    {
        const std::optional<std::string> there = OUTIS_TRY(repository_.find_digest(tag_));
        if (there != top.descriptor.digest)
            OUTIS_TRY(repository_.push_manifest(top, tag_));
        OUTIS_TRY(repository_.read_back(top.descriptor.digest));
        return "docker://" + repository_.registry().domain() + "/" + repository_.path() + ":" +
               tag_;
    }

private:
    std::unique_ptr<registry::Registry> registry_;
    registry::Repository repository_;
    std::string tag_;
};

}  // namespace

Result<std::unique_ptr<ImageTarget>, Error> registry_target(
    const Place& place, const registry::RegistrySettings& settings, const registry::Notice& notice)
{
    const oci::Reference& name = place.reference;
    auto registry = OUTIS_TRY(registry::Registry::open(name.domain, name.path, settings, notice));
    return std::unique_ptr<ImageTarget>(new RegistryTarget(name, std::move(registry)));
}

}  // namespace outis::images::places
