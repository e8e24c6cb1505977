#include <map>
#include <optional>
#include <utility>

#include "oci/manifest.h"
#include "places/blob.h"
#include "places/source.h"

namespace outis::images::places {

namespace {

class ContentsSource final : public ImageSource {
public:
    explicit ContentsSource(Contents contents) : contents_(std::move(contents))
    {
        for (const std::vector<Blob>* list : {&contents_.blobs, &contents_.about}) {
            for (const Blob& blob : *list)
                blobs_.emplace(blob.digest, &blob);
        }
    }

    Result<oci::Manifest, Error> top() override
    {
        return manifest({.media_type = contents_.top_type,
                         .digest = contents_.top.digest,
                         .size = contents_.top.size});
    }

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
            subjects_ = subjects_of_referrers();
        std::vector<oci::Descriptor> found;
        const auto [first, last] = subjects_->equal_range(digest);
        for (auto row = first; row != last; ++row)
            found.push_back(row->second);
        return found;
    }

private:
    // What nobody can read is no part of the image.
    std::multimap<std::string, oci::Descriptor> subjects_of_referrers()
    {
        std::multimap<std::string, oci::Descriptor> subjects;
        for (const Referrer& referrer : contents_.referrers) {
            const oci::Descriptor other{.media_type = referrer.media_type,
                                        .digest = referrer.manifest.digest,
                                        .size = referrer.manifest.size,
                                        .artifact_type = referrer.type};
            const Result<oci::Manifest, Error> there = manifest(other);
            if (there && !there.value().subject.empty())
                subjects.emplace(there.value().subject, other);
        }
        return subjects;
    }

    Result<Blob, Error> find(const oci::Descriptor& descriptor) const
    {
        const auto found = blobs_.find(descriptor.digest);
        if (found == blobs_.end())
            return bad_input("the image lacks its blob '" + descriptor.digest + "'");
        if (found->second->size != descriptor.size)
            return bad_input("blob '" + descriptor.digest + "' has " +
                             std::to_string(found->second->size) + " bytes instead of " +
                             std::to_string(descriptor.size));
        return *found->second;
    }

    Contents contents_;
    std::map<std::string, const Blob*> blobs_;                             // by digest
    std::optional<std::multimap<std::string, oci::Descriptor>> subjects_;  // of referrers
};

}  // namespace

std::unique_ptr<ImageSource> contents_source(Contents contents)
{
    return std::make_unique<ContentsSource>(std::move(contents));
}

}  // namespace outis::images::places
