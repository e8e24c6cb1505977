#include "spdx_check.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "host/digest.h"
#include "host/input.h"
#include "unpacked.h"

namespace outis::images::testing {

namespace json = boost::json;

namespace {

class SpdxCheck {
public:
    explicit SpdxCheck(const json::value& document) : document_(document.as_object()) {}

    std::vector<std::string> run()
    {
        expect(value("spdxVersion") == "SPDX-2.3", "spdxVersion");
        expect(value("dataLicense") == "CC0-1.0", "dataLicense");
        expect(value("SPDXID") == "SPDXRef-DOCUMENT", "SPDXID");
        expect(!value("name").empty(), "name");
        const std::string space = value("documentNamespace");
        expect(space.find("://") != std::string::npos && space.find('#') == std::string::npos,
               "documentNamespace");
        const json::object& creation = document_.at("creationInfo").as_object();
        const std::string created = text(creation.at("created"));
        expect(created.size() == 20 && created[10] == 'T' && created[19] == 'Z', "created");
        expect(text(creation.at("creators").at(0)).starts_with("Tool: "), "creators");
        add_id("SPDXRef-DOCUMENT");
        for (const json::value& file : document_.at("files").as_array())
            check_file(file.as_object());
        for (const json::value& package : document_.at("packages").as_array())
            check_package(package.as_object());
        for (const json::value& relation : document_.at("relationships").as_array())
            check_relation(relation.as_object());
        expect(described_ > 0, "DESCRIBES");
        check_verification_codes();
        return problems_;
    }

private:
    void expect(bool right, const std::string& what)
    {
        if (!right)
            problems_.push_back(what);
    }

    std::string value(const char* key) { return text(document_.at(key)); }

    void add_id(const std::string& id)
    {
        const bool plain = id.find_first_not_of(
                               "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                               "0123456789.-") == std::string::npos;
        expect(id.starts_with("SPDXRef-") && plain, "malformed " + id);
        expect(ids_.insert(id).second, "twice " + id);
    }

    void check_sum(const json::value& sum)
    {
        const std::string algorithm = text(sum.at("algorithm"));
        const std::string hex = text(sum.at("checksumValue"));
        const std::size_t digits = algorithm == "SHA1" ? 40 : algorithm == "SHA256" ? 64 : 0;
        expect(hex.size() == digits && hex.find_first_not_of("0123456789abcdef") == hex.npos,
               "checksum " + algorithm + " " + hex);
    }

    void check_file(const json::object& file)
    {
        add_id(text(file.at("SPDXID")));
        expect(text(file.at("fileName")).starts_with("./"), "fileName");
        std::string sha1;
        for (const json::value& sum : file.at("checksums").as_array()) {
            check_sum(sum);
            if (text(sum.at("algorithm")) == "SHA1")
                sha1 = text(sum.at("checksumValue"));
        }
        expect(!sha1.empty(), "a file without SHA-1");
        sha1_[text(file.at("SPDXID"))] = sha1;
    }

    void check_package(const json::object& package)
    {
        const std::string id = text(package.at("SPDXID"));
        add_id(id);
        expect(!text(package.at("name")).empty(), "a package without name");
        expect(!text(package.at("downloadLocation")).empty(), "downloadLocation of " + id);
        const bool analyzed = package.at("filesAnalyzed").as_bool();
        expect(analyzed == package.contains("packageVerificationCode"), "code of " + id);
        expect(analyzed == package.contains("licenseInfoFromFiles"), "licences of " + id);
        if (analyzed)
            codes_[id] =
                text(package.at("packageVerificationCode").at("packageVerificationCodeValue"));
        if (const json::value* sums = package.if_contains("checksums")) {
            for (const json::value& sum : sums->as_array())
                check_sum(sum);
        }
        if (const json::value* references = package.if_contains("externalRefs")) {
            expect(text(references->at(0).at("referenceCategory")) == "PACKAGE-MANAGER",
                   "category");
            expect(text(references->at(0).at("referenceType")) == "purl", "type");
            expect(text(references->at(0).at("referenceLocator")).starts_with("pkg:"), "locator");
        }
    }

    void check_relation(const json::object& relation)
    {
        static const std::set<std::string> kTypes{
            "BUILD_TOOL_OF",         "CONTAINS",      "DEPENDS_ON", "DESCRIBES", "GENERATED_FROM",
            "EXPANDED_FROM_ARCHIVE", "DESCENDANT_OF", "STATIC_LINK"};
        const std::string type = text(relation.at("relationshipType"));
        const std::string from = text(relation.at("spdxElementId"));
        const std::string to = text(relation.at("relatedSpdxElement"));
        expect(kTypes.contains(type), "relation " + type);
        expect(ids_.contains(from) && ids_.contains(to), "relation of " + from + " and " + to);
        if (type == "DESCRIBES")
            ++described_;
        if (type == "CONTAINS" && sha1_.contains(to))
            contained_[from].push_back(sha1_.at(to));
    }

    // Clause 7.9, written a second time; a package whose files were not analyzed holds none.
    void check_verification_codes()
    {
        for (auto& [package, sums] : contained_) {
            std::ranges::sort(sums);
            std::string all;
            for (const std::string& sum : sums)
                all += sum;
            host::Sha1 hash;
            hash.update(host::as_bytes(all));
            expect(codes_[package] == hash.finish(), "verification code of " + package);
        }
        expect(codes_.size() == contained_.size(), "an analyzed package without files");
    }

    const json::object& document_;
    std::vector<std::string> problems_;
    std::set<std::string> ids_;
    std::map<std::string, std::string> sha1_;
    std::map<std::string, std::string> codes_;
    std::map<std::string, std::vector<std::string>> contained_;
    int described_ = 0;
};

}  // namespace

std::string spdx_problems(const json::value& document)
{
    std::string all;
    for (const std::string& problem : SpdxCheck(document).run())
        all += problem + "\n";
    return all;
}

}  // namespace outis::images::testing
