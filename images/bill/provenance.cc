#include "bill/provenance.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "bill/purl.h"
#include "host/words.h"
#include "layers/platform.h"
#include "oci/json.h"

namespace outis::images::bill {

namespace json = boost::json;

namespace {

constexpr const char* kStatementType = "https://in-toto.io/Statement/v1";
constexpr const char* kPredicateType = "https://slsa.dev/provenance/v1";
constexpr std::string_view kRevisionKey = "org.opencontainers.image.revision";
constexpr std::string_view kSourceKey = "org.opencontainers.image.source";
constexpr std::size_t kSha1Digits = 40;
constexpr std::size_t kSha256Digits = 64;

json::object digest_set(const char* algorithm, const std::string& hex)
{
    return {{algorithm, hex}};
}

std::string hex_of(const std::string& digest)
{
    return digest.substr(digest.find(':') + 1);
}

std::string label(const oci::Annotations& labels, std::string_view key)
{
    const auto found = labels.find(std::string(key));
    return found == labels.end() ? "" : found->second;
}

bool is_commit(const std::string& revision)
{
    return (revision.size() == kSha1Digits || revision.size() == kSha256Digits) &&
           revision.find_first_not_of("0123456789abcdef") == std::string::npos;
}

// The source tree, where git or Go's linker named a commit without changes.
std::optional<json::object> source_tree(const oci::Annotations& labels)
{
    const std::string revision = label(labels, kRevisionKey);
    const std::string source = label(labels, kSourceKey);
    if (!is_commit(revision))
        return std::nullopt;
    json::object row{{"digest", digest_set("gitCommit", revision)}, {"name", "source"}};
    if (source.find("://") != std::string::npos)
        row["uri"] = "git+" + source + "@" + revision;
    return row;
}

json::array subjects(const places::Bundle& bundle)
{
    const std::string name = bundle.references.front().familiar();
    json::array rows;
    const auto add = [&](const Blob& blob) {
        rows.push_back(
            json::object{{"digest", digest_set("sha256", hex_of(blob.digest))}, {"name", name}});
    };
    if (bundle.index)
        add(*bundle.index);
    for (const Image& image : bundle.images)
        add(image.manifest);
    return rows;
}

json::array dependencies(const places::Bundle& bundle, const Bill& bill,
                         const ProvenanceFacts& facts, const Underneath& under,
                         const std::string& profile_sha256)
{
    json::array rows;
    if (const std::optional<json::object> source = source_tree(facts.labels))
        rows.push_back(*source);
    if (!profile_sha256.empty())
        rows.push_back({{"digest", digest_set("sha256", profile_sha256)},
                        {"name", "profile " + host::base_name_of(facts.profile)}});
    for (const auto& [arch, digest] : under.digests)
        rows.push_back({{"digest", digest_set("sha256", hex_of(digest))},
                        {"name", layers::platform_name(arch) + " base image " + under.name}});
    for (const Image& image : bundle.images) {
        const std::string platform = layers::platform_name(image.arch);
        for (const Layer& layer : image.layers) {
            if (layer.files.empty())
                rows.push_back({{"digest", digest_set("sha256", hex_of(layer.blob.digest))},
                                {"name", platform + " base layer"}});
            for (const PackedFile& file : layer.files)
                rows.push_back({{"digest", digest_set("sha256", file.sha256)},
                                {"name", platform + " /" + file.path}});
        }
    }
    for (const BillPackage& package : bill.packages) {
        if (package.purpose == "CONTAINER" || package.purl.empty())
            continue;
        json::object row{{"name", package.name}, {"uri", package.purl}};
        if (!package.sha256.empty())
            row["digest"] = digest_set("sha256", package.sha256);
        if (const std::string sum = dir_hash(package.go_sum); !sum.empty())
            row["digest"] = digest_set("dirHash1", sum);
        rows.push_back(row);
    }
    return rows;
}

}  // namespace

std::string provenance_json(const places::Bundle& bundle, const Bill& bill,
                            const ProvenanceFacts& facts, const Underneath& under,
                            const std::string& profile_sha256)
{
    const json::object definition{
        {"buildType", kBuildType},
        {"externalParameters", facts.parameters},
        {"internalParameters", json::object{}},
        {"resolvedDependencies", dependencies(bundle, bill, facts, under, profile_sha256)},
    };
    const json::object builder{{"id", kBuilderId},
                               {"version", json::object{{"outis", OUTIS_VERSION}}}};
    return oci::canonical_json(json::object{
        {"_type", kStatementType},
        {"predicate", json::object{{"buildDefinition", definition},
                                   {"runDetails", json::object{{"builder", builder}}}}},
        {"predicateType", kPredicateType},
        {"subject", subjects(bundle)},
    });
}

}  // namespace outis::images::bill
