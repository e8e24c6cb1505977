#include <map>
#include <optional>
#include <utility>

#include "oci/manifest.h"
#include "places/copy.h"
#include "places/source.h"

namespace outis::images::places {

namespace {

class HeldSource final : public ImageSource {
public:
    explicit HeldSource(Held held) : held_(std::move(held)) {}

    Result<oci::Manifest, Error> top() override { return manifest(held_.top); }

    Result<oci::Manifest, Error> manifest(const oci::Descriptor& descriptor) override
    {
        const Blob blob = OUTIS_TRY(find(descriptor));
        Result<oci::Manifest, Error> manifest = oci::read_manifest(
            descriptor.media_type, OUTIS_TRY(blob_text(blob, oci::kMaxManifest)));
        if (!manifest)
            return during("manifest '" + descriptor.digest + "'", manifest.take_failure());
        return manifest;
    }

    Result<Blob, Error> blob(const oci::Descriptor& descriptor, const registry::Advance&) override
    {
        return find(descriptor);
    }

    Result<std::vector<oci::Descriptor>, Error> referrers(const std::string& digest) override
    {
        if (!subjects_)
            subjects_ = subjects_of_others();
        std::vector<oci::Descriptor> found;
        const auto [first, last] = subjects_->equal_range(digest);
        for (auto row = first; row != last; ++row)
            found.push_back(row->second);
        return found;
    }

private:
    // What nobody can read is no part of the image.
    std::multimap<std::string, oci::Descriptor> subjects_of_others()
    {
        std::multimap<std::string, oci::Descriptor> subjects;
        for (const oci::Descriptor& other : held_.others) {
            const Result<oci::Manifest, Error> there = manifest(other);
            if (there && !there.value().subject.empty())
                subjects.emplace(there.value().subject, other);
        }
        return subjects;
    }

    Result<Blob, Error> find(const oci::Descriptor& descriptor) const
    {
        const auto found = held_.blobs.find(descriptor.digest);
        if (found == held_.blobs.end())
            return bad_input("the image lacks its blob '" + descriptor.digest + "'");
        if (found->second.size != descriptor.size)
            return bad_input("blob '" + descriptor.digest + "' has " +
                             std::to_string(found->second.size) + " bytes instead of " +
                             std::to_string(descriptor.size));
        return found->second;
    }

    Held held_;
    std::optional<std::multimap<std::string, oci::Descriptor>> subjects_ =
        {};  // of `others`, once read
};

}  // namespace

std::unique_ptr<ImageSource> held_source(Held held)
{
    return std::make_unique<HeldSource>(std::move(held));
}

Held held(const Contents& contents)
{
    Held held{.top = {.media_type = contents.top_type,
                      .digest = contents.top.digest,
                      .size = contents.top.size}};
    for (const std::vector<Blob>* list : {&contents.blobs, &contents.about}) {
        for (const Blob& blob : *list)
            held.blobs.emplace(blob.digest, blob);
    }
    for (const Referrer& referrer : contents.referrers)
        held.others.push_back({.media_type = oci::kManifestType,
                               .digest = referrer.manifest.digest,
                               .size = referrer.manifest.size,
                               .artifact_type = referrer.type});
    return held;
}

}  // namespace outis::images::places
