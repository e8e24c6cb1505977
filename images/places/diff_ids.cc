#include "places/diff_ids.h"

#include <filesystem>
#include <optional>
#include <set>
#include <utility>
#include <variant>
#include <vector>

#include <boost/json/value.hpp>

#include "host/digest.h"
#include "host/input.h"
#include "host/interrupt.h"
#include "layers/compress.h"
#include "oci/field.h"
#include "oci/json.h"
#include "oci/media_types.h"
#include "outis/utf8.h"
#include "places/blob.h"
#include "places/parallel.h"
#include "view/layer_reader.h"

namespace outis::images::places {

namespace json = boost::json;

namespace {

struct Promise {
    oci::Descriptor layer = {};
    std::string diff_id = {};
};

constexpr std::uint64_t kMaxMapped = 4U
                                     << 20;  // of a layer; as much of it at most as it unpacks to

const registry::Advance kSilent = [](std::uint64_t) {};

Result<std::vector<std::string>, Error> promised_ids(const oci::Descriptor& config,
                                                     ImageSource& source)
{
    const Blob blob = OUTIS_TRY(source.blob(config, kSilent));
    const std::string text = OUTIS_TRY(blob_text(blob, oci::kMaxManifest));
    const json::value root =
        OUTIS_TRY(oci::parse_json(text, "configuration '" + blob.digest + "'"));
    const json::value* rootfs = oci::field(root, "rootfs");
    return rootfs == nullptr ? std::vector<std::string>() : oci::texts_field(*rootfs, "diff_ids");
}

Result<std::vector<Promise>, Error> promises_of(const oci::Manifest& manifest, ImageSource& source)
{
    std::vector<Promise> promises;
    if (manifest.is_index() || manifest.blobs.empty() ||
        oci::media_kind(manifest.blobs.front().media_type) != oci::MediaKind::config)
        return promises;
    for (std::size_t i = 1; i < manifest.blobs.size(); ++i) {
        if (oci::media_kind(manifest.blobs[i].media_type) == oci::MediaKind::layer)
            promises.push_back({.layer = manifest.blobs[i]});
    }
    if (promises.size() + 1 != manifest.blobs.size())
        return std::vector<Promise>();
    const std::vector<std::string> ids = OUTIS_TRY(promised_ids(manifest.blobs.front(), source));
    if (ids.size() != promises.size())
        return bad_input("manifest '" + manifest.descriptor.digest + "' names " +
                         std::to_string(promises.size()) + " layers, and its configuration " +
                         std::to_string(ids.size()));
    for (std::size_t i = 0; i < ids.size(); ++i)
        promises[i].diff_id = ids[i];
    return promises;
}

Result<Done, Error> check_promise(const Promise& promise, ImageSource& source)
{
    const Blob blob = OUTIS_TRY(source.blob(promise.layer, kSilent));
    std::optional<host::MappedFile> mapped;
    Bytes bytes;
    if (const auto* text = std::get_if<std::string>(&blob.content)) {
        bytes = host::as_bytes(*text);
    } else {
        mapped = OUTIS_TRY(host::MappedFile::open(std::get<std::filesystem::path>(blob.content)));
        bytes = mapped->bytes();
        if (blob.offset > bytes.size() || blob.size > bytes.size() - blob.offset)
            return bad_input("layer '" + blob.digest + "' is cut off");
        bytes = bytes.subspan(static_cast<std::size_t>(blob.offset),
                              static_cast<std::size_t>(blob.size));
    }
    host::Sha256 hash;
    std::uint64_t kept = 0;
    Result<Done, Error> read =
        layers::decompress(bytes, layers::encoding_of(bytes), view::LayerLimits{}.unpacked,
                           [&](Bytes piece) -> Result<Done, Error> {
                               OUTIS_TRY(host::check_interrupts());
                               hash.update(piece);
                               kept += piece.size();
                               if (mapped && kept > kMaxMapped) {
                                   mapped->forget();
                                   kept = 0;
                               }
                               return Done{};
                           });
    if (!read)
        return during("layer '" + blob.digest + "'", read.take_failure());
    const std::string found = hash.finish().text();
    if (found != promise.diff_id)
        return bad_input("layer '" + blob.digest + "' unpacks to '" + found +
                         "', not to what the configuration names, '" + printable(promise.diff_id) +
                         "'; save the image again");
    return Done{};
}

}  // namespace

Result<Done, Error> check_diff_ids(ImageSource& source, const CopyPlan& plan, std::size_t jobs,
                                   const std::function<bool(const std::string& digest)>& choose)
{
    std::vector<const oci::Manifest*> manifests{&plan.top};
    for (const oci::Manifest& manifest : plan.manifests)
        manifests.push_back(&manifest);
    std::vector<Promise> promises;
    std::set<std::pair<std::string, std::string>> known;
    for (const oci::Manifest* manifest : manifests) {
        for (Promise& promise : OUTIS_TRY(promises_of(*manifest, source))) {
            const bool here = !oci::is_foreign(promise.layer) && choose(promise.layer.digest);
            if (here && known.emplace(promise.layer.digest, promise.diff_id).second)
                promises.push_back(std::move(promise));
        }
    }
    return run_parallel(promises.size(), jobs,
                        [&](std::size_t at) { return check_promise(promises[at], source); });
}

}  // namespace outis::images::places
