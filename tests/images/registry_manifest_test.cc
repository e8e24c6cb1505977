// Which manifests are read, and of which type they are.
#include <string>

#include <doctest/doctest.h>

#include "oci/descriptor.h"
#include "oci/manifest.h"
#include "registry/repository.h"
#include "scripted_server.h"

namespace registry_manifest_test {

using namespace outis;
using namespace outis::images;
using namespace outis::images::oci;
using namespace outis::images::http;
using namespace outis::images::registry;
using namespace outis::images::testing;

TEST_CASE("a manifest is an image or an index, and agrees with its type")
{
    const std::string digest(64, 'a');
    const std::string row =
        R"({"mediaType": "t", "digest": "sha256:)" + digest + R"(", "size": 1})";

    struct Case {
        const char* name;
        const char* type;
        std::string text;
        const char* message;  // empty: good
    };

    const Case cases[] = {
        {"manifest", "", R"({"schemaVersion": 2, "config": )" + row + R"(, "layers": []})", ""},
        {"index", "", R"({"schemaVersion": 2, "manifests": [)" + row + "]}", ""},
        {"with charset", "application/vnd.oci.image.index.v1+json; charset=utf-8",
         R"({"schemaVersion": 2, "manifests": []})", ""},
        {"spaced and shouted", "Application/Vnd.OCI.Image.Index.v1+JSON ; charset=utf-8",
         R"({"schemaVersion": 2, "manifests": []})", ""},
        {"both", "", R"({"schemaVersion": 2, "manifests": [], "layers": []})", "at once"},
        {"neither", "", R"({"schemaVersion": 2})", "neither"},
        {"schema 1", "", R"({"schemaVersion": 1, "layers": []})", "schemaVersion 2"},
        {"another type", "application/vnd.oci.image.manifest.v1+json",
         R"({"schemaVersion": 2, "manifests": []})", "was announced as"},
        {"own type a lie", "",
         R"({"schemaVersion": 2, "layers": [],
             "mediaType": "application/vnd.oci.image.index.v1+json"})",
         "unknown type"},
        {"own type moves the cursor", "",
         R"({"schemaVersion": 2, "layers": [], "mediaType": "\u001b[31m"})", "type '\\033[31m'"},
        {"announced type moves the cursor", "\x1b[31m", R"({"schemaVersion": 2, "manifests": []})",
         "as '\\033[31m'"},
        {"digest", "", R"({"schemaVersion": 2, "layers": [{"digest": "sha512:a", "size": 1}]})",
         "no digest by SHA-256"},
        {"size", "",
         R"({"schemaVersion": 2, "layers": [{"digest": "sha256:)" + digest + R"(", "size": -1}]})",
         "has no size"},
        {"rows", "", R"({"schemaVersion": 2, "layers": 1})", "no list"},
        {"truncated", "", R"({"schemaVersion": 2, "layers": [)", "JSON"},
        {"large", "", std::string(kMaxManifest + 1, ' '), "larger than 4 MiB"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const auto manifest = read_manifest(c.type, c.text);
        CHECK(static_cast<bool>(manifest) == (*c.message == '\0'));
        if (!manifest) {
            CAPTURE(manifest.error().text);
            CHECK(manifest.error().text.find(c.message) != std::string::npos);
        }
    }
}

TEST_CASE("a manifest's own type and the registry's must agree if both are set")
{
    constexpr const char* kDocker = "application/vnd.docker.distribution.manifest.v2+json";
    constexpr const char* kDockerList = "application/vnd.docker.distribution.manifest.list.v2+json";
    const std::string manifest = R"("layers": [])";
    const std::string index = R"("manifests": [])";

    struct Case {
        const char* name;
        const char* announced;  // Content-Type; empty: no such field
        const char* own;        // mediaType; empty: none
        std::string content;
        const char* type;
        const char* message;  // of a refusal
    };

    const Case cases[] = {
        {"a manifest of OCI", kManifestType, kManifestType, manifest, kManifestType, ""},
        {"an index of OCI", kIndexType, kIndexType, index, kIndexType, ""},
        {"Docker's manifest", kDocker, kDocker, manifest, kDocker, ""},
        {"Docker's list", kDockerList, kDockerList, index, kDockerList, ""},
        {"no word of its own", kManifestType, "", manifest, kManifestType, ""},
        {"an index without one", kIndexType, "", index, kIndexType, ""},
        {"Docker's manifest without one", kDocker, "", manifest, kDocker, ""},
        {"Docker's list without one", kDockerList, "", index, kDockerList, ""},
        {"its own word alone", "", kDocker, manifest, kDocker, ""},
        {"a list's own word alone", "", kDockerList, index, kDockerList, ""},
        {"no word at all", "", "", manifest, kManifestType, ""},
        {"no word of an index", "", "", index, kIndexType, ""},
        {"announced as JSON", "application/json", kDocker, manifest, kDocker, ""},
        {"announced as bytes", "application/octet-stream", "", index, kIndexType, ""},
        {"OCI's, announced as Docker's", kDocker, kManifestType, manifest, "", "announced as"},
        {"Docker's, announced as OCI's", kManifestType, kDocker, manifest, "", "announced as"},
        {"a list announced as an index", kIndexType, kDockerList, index, "", "announced as"},
        {"a manifest announced as an index", kIndexType, "", manifest, "", "announced as"},
        {"an index announced as a manifest", kDocker, "", index, "", "announced as"},
        {"a manifest that says index", kIndexType, kIndexType, manifest, "", "the unknown type"},
        {"an index that says manifest", kDocker, kDocker, index, "", "the unknown type"},
        {"a page", "text/html", "", manifest, "", "announced as 'text/html'"},
        {"schema 1", "application/vnd.docker.distribution.manifest.v1+prettyjws",
         "application/vnd.docker.distribution.manifest.v1+prettyjws", manifest, "",
         "the unknown type"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const std::string own =
            *c.own == '\0' ? "" : R"("mediaType": ")" + std::string(c.own) + R"(", )";
        const Fields fields =
            *c.announced == '\0' ? Fields{} : Fields{{"Content-Type", c.announced}};
        const ScriptedServer server([&](const Heard&) {
            return answer(200, fields, R"({"schemaVersion": 2, )" + own + c.content + "}");
        });
        const auto opened = opened_registry(server);
        const auto found = Repository(*opened->registry, "team/app").find_manifest("1");
        CHECK(static_cast<bool>(found) == (*c.message == '\0'));
        if (found) {
            REQUIRE(found.value());
            CHECK(found.value()->descriptor.media_type == c.type);
            CHECK(found.value()->is_index() == (c.content == index));
        } else {
            CAPTURE(found.error().text);
            CHECK(found.error().text.find(c.message) != std::string::npos);
        }
    }
}

}  // namespace registry_manifest_test
