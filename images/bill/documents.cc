#include "bill/documents.h"

#include <utility>

#include "bill/contents.h"
#include "files/digest.h"
#include "oci/config.h"

namespace outis::images {

namespace {

constexpr const char* kSpdxEnding = ".spdx.json";
constexpr const char* kProvenanceEnding = ".provenance.json";

Result<BaseFacts, Error> base_facts(const Bundle& bundle, const BakeOptions& options,
                                    const Plan& plan, const ToolData& data)
{
    const ContentVersions versions = content_versions(data);
    BaseFacts facts;
    if (plan.base.certificates && (options.ca.empty() || options.ca == "pinned"))
        facts.certificates = versions.certificates;
    if (options.product == Product::certificates)
        return facts;
    const bool own_zones = plan.base.zones || !plan.zones.empty();
    if (own_zones && options.zones != "none")
        facts.zones = versions.zones;
    for (const Image& image : bundle.images) {
        const Digest digest = OUTIS_TRY(sha256_of_file(data.init(image.arch)));
        facts.init.emplace(image.arch, digest.hex);
    }
    return facts;
}

// Of a profile that is a file; a shipped one is known by its name and the version of Outis.
Result<std::string, Error> profile_digest(const std::string& profile)
{
    std::error_code ignored;
    if (profile.find_first_of("/.") == std::string::npos ||
        !std::filesystem::is_regular_file(profile, ignored))
        return std::string();
    const Digest digest = OUTIS_TRY(sha256_of_file(profile));
    return digest.hex;
}

}  // namespace

Result<BillDocuments, Error> documents_of(const Bundle& bundle, const BakeOptions& options,
                                          const Plan& plan, const ToolData& data,
                                          const Labels& labels, const Underneath& under)
{
    BillDocuments documents;
    if (!plan.sbom && !plan.provenance)
        return documents;
    Findings findings = look_into(bundle, options.root);
    documents.notes = std::move(findings.notes);
    BaseFacts base = OUTIS_TRY(base_facts(bundle, options, plan, data));
    base.under = under;
    const Bill bill = bill_of(bundle, findings, base, rfc3339(plan.time));
    if (plan.sbom)
        documents.list.push_back(
            {.media_type = kSpdxType, .ending = kSpdxEnding, .blob = text_blob(spdx_json(bill))});
    if (plan.provenance) {
        const ProvenanceFacts facts{.options = options,
                                    .labels = labels,
                                    .time = plan.time,
                                    .profile_sha256 = OUTIS_TRY(profile_digest(plan.profile)),
                                    .under = under};
        documents.list.push_back({.media_type = kProvenanceType,
                                  .ending = kProvenanceEnding,
                                  .blob = text_blob(provenance_json(bundle, bill, facts))});
    }
    return documents;
}

}  // namespace outis::images
