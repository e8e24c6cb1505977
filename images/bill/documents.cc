#include "bill/documents.h"

#include <utility>

#include "host/digest.h"
#include "oci/config.h"
#include "oci/manifest.h"

namespace outis::images::bill {

namespace {

constexpr const char* kSpdxEnding = ".spdx.json";
constexpr const char* kProvenanceEnding = ".provenance.json";

// Of a profile that is a file; a shipped one is known by its name and the version of Outis.
Result<std::string, Error> profile_digest(const std::string& profile)
{
    std::error_code ignored;
    if (profile.find_first_of("/.") == std::string::npos ||
        !std::filesystem::is_regular_file(profile, ignored))
        return std::string();
    const host::Digest digest = OUTIS_TRY(host::sha256_of_file(profile));
    return digest.hex;
}

}  // namespace

std::vector<std::string> document_endings(bool sbom, bool provenance)
{
    std::vector<std::string> endings;
    if (sbom)
        endings.emplace_back(kSpdxEnding);
    if (provenance)
        endings.emplace_back(kProvenanceEnding);
    return endings;
}

Result<BillDocuments, Error> documents_of(const places::Bundle& bundle,
                                          const DocumentRequest& request)
{
    BillDocuments documents;
    if (!request.sbom && !request.provenance)
        return documents;
    Findings findings = look_into(bundle, request.root);
    documents.notes = std::move(findings.notes);
    const Bill bill = bill_of(bundle, findings, request.base, oci::rfc3339(request.time));
    if (request.sbom)
        documents.list.push_back({.media_type = places::kSpdxType,
                                  .ending = kSpdxEnding,
                                  .blob = oci::text_blob(spdx_json(bill))});
    if (request.provenance) {
        const std::string digest = OUTIS_TRY(profile_digest(request.facts.profile));
        const std::string text =
            provenance_json(bundle, bill, request.facts, request.base.under, digest);
        documents.list.push_back({.media_type = places::kProvenanceType,
                                  .ending = kProvenanceEnding,
                                  .blob = oci::text_blob(text)});
    }
    return documents;
}

}  // namespace outis::images::bill
