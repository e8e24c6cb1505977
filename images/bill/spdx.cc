#include "bill/spdx.h"

#include <algorithm>
#include <set>
#include <string_view>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "host/digest.h"
#include "host/input.h"
#include "oci/json.h"

namespace outis::images::bill {

namespace json = boost::json;

namespace {

constexpr const char* kUnknown = "NOASSERTION";
// What the specification gives creators without a site of their own; nothing lies there.
constexpr const char* kNamespace = "https://spdx.org/spdxdocs/outis-";

// Identifiers, one for each element: letters, digits, '.', '-' of the name, and a number where a
// name is there twice.
class Identifiers {
public:
    std::string next(std::string_view kind, std::string_view name)
    {
        std::string id = "SPDXRef-" + std::string(kind) + "-";
        for (const char c : name) {
            const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                               (c >= '0' && c <= '9') || c == '.';
            id += plain ? c : '-';
        }
        std::string unique = id;
        for (std::size_t count = 2; !taken_.insert(unique).second; ++count)
            unique = id + "-" + std::to_string(count);
        return unique;
    }

private:
    std::set<std::string> taken_;
};

struct Named {
    std::vector<std::string> packages = {};
    std::vector<std::string> files = {};

    [[nodiscard]] const std::string& of(const Element& element) const
    {
        static const std::string kDocument = "SPDXRef-DOCUMENT";
        switch (element.kind) {
        case ElementKind::document: return kDocument;
        case ElementKind::package: return packages[element.index];
        case ElementKind::file: return files[element.index];
        }
        __builtin_trap();
    }
};

Named named(const Bill& bill)
{
    Identifiers identifiers;
    Named names;
    for (const BillPackage& package : bill.packages)
        names.packages.push_back(identifiers.next("Package", package.name));
    for (const BillFile& file : bill.files)
        names.files.push_back(identifiers.next("File", file.path));
    return names;
}

json::object checksum(const char* algorithm, const std::string& value)
{
    return {{"algorithm", algorithm}, {"checksumValue", value}};
}

void add_text(json::object& object, const char* key, const std::string& text)
{
    if (!text.empty())
        object[key] = text;
}

json::object package_json(const Bill& bill, const BillPackage& package, const std::string& id)
{
    const std::string license = package.license.empty() ? kUnknown : package.license;
    json::object object{
        {"SPDXID", id},
        {"copyrightText", kUnknown},
        {"downloadLocation", kUnknown},
        {"filesAnalyzed", !package.files.empty()},
        {"licenseConcluded", license},
        {"licenseDeclared", license},
        {"name", package.name},
        {"supplier", kUnknown},
    };
    add_text(object, "versionInfo", package.version);
    add_text(object, "primaryPackagePurpose", package.purpose);
    add_text(object, "sourceInfo", package.source);
    const std::string sum = package.go_sum.empty() ? "" : "go.sum: " + package.go_sum;
    add_text(object, "comment", package.comment.empty() ? sum : package.comment);
    add_text(object, "packageFileName", package.file_name);
    if (!package.sha256.empty())
        object["checksums"] = json::array{checksum("SHA256", package.sha256)};
    if (!package.purl.empty())
        object["externalRefs"] = json::array{json::object{{"referenceCategory", "PACKAGE-MANAGER"},
                                                          {"referenceLocator", package.purl},
                                                          {"referenceType", "purl"}}};
    if (!package.files.empty()) {
        object["packageVerificationCode"] =
            json::object{{"packageVerificationCodeValue", verification_code(bill, package)}};
        object["licenseInfoFromFiles"] = json::array{kUnknown};
    }
    return object;
}

json::object file_json(const BillFile& file, const std::string& id)
{
    return {
        {"SPDXID", id},
        {"checksums", json::array{checksum("SHA1", file.sha1), checksum("SHA256", file.sha256)}},
        {"copyrightText", kUnknown},
        {"fileName", "./" + file.path},
        {"licenseConcluded", kUnknown},
        {"licenseInfoInFiles", json::array{kUnknown}},
    };
}

}  // namespace

std::string verification_code(const Bill& bill, const BillPackage& package)
{
    std::vector<std::string_view> sums;
    for (const std::size_t file : package.files)
        sums.push_back(bill.files[file].sha1);
    std::ranges::sort(sums);
    host::Sha1 code;
    for (const std::string_view sum : sums)
        code.update(host::as_bytes(sum));
    return code.finish();
}

std::string spdx_json(const Bill& bill)
{
    const Named names = named(bill);
    json::array packages;
    for (std::size_t i = 0; i < bill.packages.size(); ++i)
        packages.push_back(package_json(bill, bill.packages[i], names.packages[i]));
    json::array files;
    for (std::size_t i = 0; i < bill.files.size(); ++i)
        files.push_back(file_json(bill.files[i], names.files[i]));
    json::array relations;
    for (const BillRelation& relation : bill.relations)
        relations.push_back({{"relatedSpdxElement", names.of(relation.to)},
                             {"relationshipType", relation.type},
                             {"spdxElementId", names.of(relation.from)}});
    json::object document{
        {"SPDXID", "SPDXRef-DOCUMENT"},
        {"creationInfo", json::object{{"created", bill.created},
                                      {"creators", json::array{"Tool: " + bill.creator}}}},
        {"dataLicense", "CC0-1.0"},
        {"files", std::move(files)},
        {"name", bill.name},
        {"packages", std::move(packages)},
        {"relationships", std::move(relations)},
        {"spdxVersion", "SPDX-2.3"},
    };
    document["documentNamespace"] = kNamespace + host::sha256(oci::canonical_json(document)).hex;
    return oci::canonical_json(document);
}

}  // namespace outis::images::bill
