#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <utility>

#include <boost/json/value.hpp>

#include "oci/field.h"
#include "oci/json.h"
#include "oci/manifest.h"
#include "oci/media_types.h"
#include "outis/sandbox/arch.h"
#include "places/blob.h"
#include "places/target.h"

namespace outis::images::places {

namespace fs = std::filesystem;
namespace json = boost::json;

namespace {

// Collects what belongs to the image, and puts it when it is whole.
class LocalTarget final : public ImageTarget {
public:
    LocalTarget(Place place, oci::Reference reference, PutContents put)
        : place_(std::move(place)), reference_(std::move(reference)), put_(std::move(put))
    {
    }

    Result<registry::Sent, Error> put_blob(const oci::Descriptor& blob, ImageSource& source,
                                           const registry::Advance& advance) override
    {
        if (const std::optional<Blob> there = in_layout(blob)) {
            keep(*there);
            return registry::Sent::present;
        }
        keep(OUTIS_TRY(source.blob(blob, advance)));
        return registry::Sent::uploaded;
    }

    Result<Done, Error> put_manifest(const oci::Manifest& manifest) override
    {
        const Blob blob = oci::text_blob(manifest.text);
        if (blobs_.contains(blob.digest))
            return Done{};
        keep(blob);
        if (!manifest.subject.empty())
            referrers_.push_back({.manifest = blob,
                                  .type = manifest.descriptor.artifact_type,
                                  .media_type = manifest.descriptor.media_type});
        else
            note_image(manifest);
        if (const std::optional<Image> image = OUTIS_TRY(image_of(manifest)))
            images_.push_back(*image);
        return Done{};
    }

    Result<std::string, Error> finish(const oci::Manifest& top) override
    {
        OUTIS_TRY(put_manifest(top));
        note_image(top);
        std::erase_if(referrers_, [&](const Referrer& referrer) {
            return referrer.manifest.digest == top.descriptor.digest;
        });
        Contents contents{.maker = Maker::others,
                          .images = images_,
                          .top = oci::text_blob(top.text),
                          .top_type = top.descriptor.media_type,
                          .references = {reference_},
                          .referrers = referrers_};
        for (const auto& [digest, blob] : blobs_)
            (of_image_.contains(digest) ? contents.blobs : contents.about).push_back(blob);
        OUTIS_TRY(put_(contents));
        return place_.text();
    }

private:
    void keep(Blob blob)
    {
        const std::scoped_lock lock(mutex_);
        blobs_.insert_or_assign(blob.digest, std::move(blob));
    }

    void note_image(const oci::Manifest& manifest)
    {
        of_image_.insert(manifest.descriptor.digest);
        for (const oci::Descriptor& blob : manifest.blobs)
            of_image_.insert(blob.digest);
    }

    // What the layout's folder has from before.
    [[nodiscard]] std::optional<Blob> in_layout(const oci::Descriptor& blob) const
    {
        if (place_.transport != Transport::oci)
            return std::nullopt;
        Blob there{.digest = blob.digest, .size = blob.size, .content = {}};
        const fs::path file = fs::path(place_.path) / oci::blob_path(there);
        if (!is_blob_at(file, blob.digest, blob.size))
            return std::nullopt;
        there.content = file;
        return there;
    }

    // A manifest that a docker archive can name: one for a platform we know, with layers of files.
    Result<std::optional<Image>, Error> image_of(const oci::Manifest& manifest) const
    {
        if (manifest.is_index() || manifest.blobs.size() < 2 || !manifest.subject.empty())
            return std::optional<Image>();
        if (oci::media_kind(manifest.blobs.front().media_type) != oci::MediaKind::config)
            return std::optional<Image>();
        const auto config = blobs_.find(manifest.blobs.front().digest);
        if (config == blobs_.end())
            return std::optional<Image>();
        const std::optional<policy::Arch> arch = OUTIS_TRY(arch_of(config->second));
        if (!arch)
            return std::optional<Image>();
        Image image{
            .arch = *arch, .config = config->second, .manifest = oci::text_blob(manifest.text)};
        for (std::size_t i = 1; i < manifest.blobs.size(); ++i) {
            const auto layer = blobs_.find(manifest.blobs[i].digest);
            if (layer == blobs_.end() ||
                manifest.blobs[i].media_type.find("in-toto") != std::string::npos)
                return std::optional<Image>();
            image.layers.push_back(
                {.blob = layer->second, .media_type = manifest.blobs[i].media_type});
        }
        return std::optional(std::move(image));
    }

    static Result<std::optional<policy::Arch>, Error> arch_of(const Blob& config)
    {
        const std::string text = OUTIS_TRY(blob_text(config, oci::kMaxManifest));
        const Result<json::value, Error> root = oci::parse_json(text, config.digest);
        if (!root || oci::text_field(root.value(), "os") != "linux")
            return std::optional<policy::Arch>();
        return sandbox::parse_arch(oci::text_field(root.value(), "architecture"));
    }

    Place place_;
    oci::Reference reference_;
    PutContents put_;
    std::mutex mutex_;  // of blobs_, while blobs are put
    std::map<std::string, Blob> blobs_;
    std::set<std::string> of_image_;  // digests; all others are what refers to it
    std::vector<Image> images_;
    std::vector<Referrer> referrers_;
};

}  // namespace

std::unique_ptr<ImageTarget> local_target(Place place, oci::Reference reference, PutContents put)
{
    return std::make_unique<LocalTarget>(std::move(place), std::move(reference), std::move(put));
}

}  // namespace outis::images::places
