// A push to what is no registry, and to registries that answer in their own way.
#include <algorithm>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "fixture.h"
#include "host/digest.h"
#include "oci/manifest.h"
#include "registry/repository.h"
#include "scripted_server.h"

namespace registry_site_test {

using namespace outis;
using namespace outis::images;
using namespace outis::images::host;
using namespace outis::images::oci;
using namespace outis::images::http;
using namespace outis::images::registry;
using namespace outis::images::testing;

namespace {

const std::string kText =
    R"({"schemaVersion": 2, "config": {"mediaType": "x", "digest": "sha256:)" +
    std::string(64, 'a') + R"(", "size": 1}, "layers": []})";
const std::string kDigest = sha256(kText).text();

Reply head(int status, const std::string& type, const std::string& digest = "")
{
    Fields fields{{"Content-Type", type}};
    if (!digest.empty())
        fields.push_back({"Docker-Content-Digest", digest});
    return answer(status, fields);
}

}  // namespace

TEST_CASE("a web site that answers everything is no registry to push to")
{
    for (const char* type : {"text/html", "text/plain", "application/octet-stream"}) {
        CAPTURE(type);
        const ScriptedServer server([&](const Heard&) {
            return answer(200, {{"Content-Type", type}}, "<html>Hello</html>");
        });
        const auto opened = opened_registry(server);
        const Repository repository(*opened->registry, "team/app");
        const Blob blob = text_blob("0123456789");
        const auto sent = repository.push_blob(
            {.digest = blob.digest, .size = blob.size}, [&] { return Result<Blob, Error>(blob); },
            "", [](std::uint64_t) {});
        REQUIRE_FALSE(sent);
        CAPTURE(sent.error().text);
        CHECK(sent.error().text.find("answered 200 where 202 was expected") != std::string::npos);
        const auto put = repository.push_manifest(read_manifest("", kText).value(), "1");
        REQUIRE_FALSE(put);
        CAPTURE(put.error().text);
        CHECK(put.error().text.find("answered 200 where 201 was expected") != std::string::npos);
        CHECK_FALSE(repository.read_back(kDigest));
    }
}

TEST_CASE("a manifest is stored if the registry says 201, or says something else and has it")
{
    struct Case {
        const char* name;
        int put;
        Reply head;
        Reply get;
        const char* message;  // empty: stored
    };

    const Case cases[] = {
        {"created", 201, answer(404), answer(404), ""},
        {"accepted, and there", 202, head(200, kManifestType, kDigest), answer(404), ""},
        {"200, and its bytes are there", 200, head(200, kManifestType),
         answer(200, {{"Content-Type", kManifestType}}, kText), ""},
        {"200, and nothing there", 200, answer(404), answer(404), "answered 200 where 201"},
        {"200, and other bytes", 200, head(200, kManifestType),
         answer(200, {{"Content-Type", kManifestType}}, kText + " "), "answered 200 where 201"},
        {"200, and another digest", 200, head(200, kManifestType, sha256("x").text()), answer(404),
         "answered 200 where 201"},
        {"a log-in page", 302, answer(404), answer(404), "answered 302 where 201"},
        {"refused", 403, answer(404), answer(404), "403 Forbidden"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const ScriptedServer server([&](const Heard& heard) {
            return heard.method == "PUT" ? answer(c.put) : heard.method == "HEAD" ? c.head : c.get;
        });
        const auto opened = opened_registry(server);
        const auto put = Repository(*opened->registry, "team/app")
                             .push_manifest(read_manifest("", kText).value(), "1");
        CHECK(static_cast<bool>(put) == (*c.message == '\0'));
        if (!put)
            CHECK_MESSAGE(put.error().text.find(c.message) != std::string::npos, put.error().text);
    }
}

TEST_CASE("what was pushed is read back by its digest")
{
    struct Case {
        const char* name;
        std::vector<Reply> replies;  // the last one again and again
        bool there;
        std::size_t requests;
    };

    const Case cases[] = {
        {"there", {head(200, kManifestType, kDigest)}, true, 1},
        {"there a little later", {answer(404), head(200, kManifestType, kDigest)}, true, 2},
        {"never there", {answer(404)}, false, 3},
        {"not to be read", {answer(403)}, true, 1},
        {"a page", {head(200, "text/html; charset=utf-8", kDigest)}, false, 3},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        std::size_t asked = 0;
        const ScriptedServer server(
            [&](const Heard&) { return c.replies[std::min(asked++, c.replies.size() - 1)]; });
        const auto opened = opened_registry(server);
        const auto read = Repository(*opened->registry, "team/app").read_back(kDigest);
        CHECK(static_cast<bool>(read) == c.there);
        CHECK(server.heard().size() == c.requests);
    }
}

TEST_CASE("a registry that takes no OCI manifests is met with the option for Docker's")
{
    constexpr const char* kDocker = "application/vnd.docker.distribution.manifest.v2+json";

    struct Case {
        const char* type;
        int status;
        bool advised;
    };

    const Case cases[] = {{kManifestType, 415, true},
                          {kManifestType, 400, true},
                          {kManifestType, 403, false},
                          {kDocker, 415, false}};
    for (const Case& c : cases) {
        CAPTURE(c.type);
        CAPTURE(c.status);
        const ScriptedServer server([&](const Heard&) {
            return answer(c.status, {}, R"({"errors": [{"code": "MANIFEST_INVALID",
                                            "detail": "unsupported media type"}]})");
        });
        const auto opened = opened_registry(server);
        const auto put = Repository(*opened->registry, "team/app")
                             .push_manifest(read_manifest(c.type, kText).value(), "1");
        REQUIRE_FALSE(put);
        CAPTURE(put.error().text);
        CHECK((put.error().text.find("--format docker") != std::string::npos) == c.advised);
        CHECK((put.error().text.find("unsupported") != std::string::npos) == (c.status != 403));
    }
}

}  // namespace registry_site_test
