#include "places/referrers.h"

#include <algorithm>
#include <set>

#include <boost/json/object.hpp>

#include "oci/annotations.h"
#include "oci/field.h"
#include "oci/manifest.h"

namespace outis::images::places {

namespace json = boost::json;

namespace {

std::string tag_of(const json::value& row)
{
    const json::value* annotations = oci::field(row, "annotations");
    return annotations == nullptr ? "" : oci::text_field(*annotations, oci::kTagKey);
}

bool is_bill(const json::value& row)
{
    const std::string type = oci::text_field(row, "artifactType");
    return type == kSpdxType || type == kProvenanceType;
}

json::value row_of(const Referrer& referrer)
{
    return json::object{{"artifactType", referrer.type},
                        {"digest", referrer.manifest.digest},
                        {"mediaType", referrer.media_type},
                        {"size", referrer.manifest.size}};
}

}  // namespace

std::vector<Referrer> referrers_of(const Bundle& bundle)
{
    std::vector<Referrer> referrers;
    const std::string subject_type = bundle.index ? oci::kIndexType : oci::kManifestType;
    for (const Document& document : bundle.documents)
        referrers.push_back({.manifest = oci::text_blob(oci::artifact_json(
                                 document.blob, document.media_type, bundle.top(), subject_type)),
                             .type = document.media_type});
    return referrers;
}

json::array merged_rows(const json::array& old, const json::value& image,
                        std::span<const Referrer> referrers, const SubjectOf& subject_of)
{
    json::array rows;
    std::set<std::string> named;
    std::set<std::string> replaced;
    const auto is_new = [&](const json::value& row) {
        return std::ranges::any_of(referrers, [&](const Referrer& referrer) {
            return referrer.manifest.digest == oci::text_field(row, "digest");
        });
    };
    for (const json::value& row : old) {
        if (is_bill(row) || is_new(row))
            continue;
        const bool stays = tag_of(row) != tag_of(image);
        if (stays)
            rows.push_back(row);
        (stays ? named : replaced).insert(oci::text_field(row, "digest"));
    }
    // Other tools write such documents too, of images that no row here names.
    const std::string ours = oci::text_field(image, "digest");
    for (const json::value& row : old) {
        if (!is_bill(row) || is_new(row))
            continue;
        const std::string subject = subject_of(oci::text_field(row, "digest"));
        const bool renewed =
            subject == ours && std::ranges::find(referrers, oci::text_field(row, "artifactType"),
                                                 &Referrer::type) != referrers.end();
        const bool orphaned =
            subject != ours && replaced.contains(subject) && !named.contains(subject);
        if (!renewed && !orphaned)
            rows.push_back(row);
    }
    rows.push_back(image);
    for (const Referrer& referrer : referrers)
        rows.push_back(row_of(referrer));
    return rows;
}

}  // namespace outis::images::places
