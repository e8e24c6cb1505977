// What refers to an image: entered where the registry does not do it, and found again.
#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "oci/manifest.h"
#include "registry/repository.h"
#include "scripted_server.h"

namespace registry_referrers_test {

using namespace outis;
using namespace outis::images;
using namespace outis::images::oci;
using namespace outis::images::registry;
using namespace outis::images::testing;

TEST_CASE("a referrer is added to the fallback tag if the registry does not do it")
{
    const std::string digest = "sha256:" + std::string(64, 'f');
    const std::string row = R"({"mediaType": "x", "digest": ")" + digest + R"(", "size": 2})";
    const std::string text = R"({"schemaVersion": 2, "artifactType": "application/x-note", )"
                             R"("config": )" +
                             row + R"(, "layers": [], "annotations": {"k": "v"}, "subject": )" +
                             row + "}";
    const auto referrer = read_manifest(kManifestType, text);
    REQUIRE(referrer);
    const std::string entry =
        R"({"annotations":{"k":"v"},"artifactType":"application/x-note","digest":")" +
        referrer.value().descriptor.digest + R"(","mediaType":")" + kManifestType + R"(","size":)" +
        std::to_string(text.size()) + "}";
    const auto index = [](const std::string& rows) {
        return answer(200, {{"Content-Type", kIndexType}},
                      R"({"manifests":[)" + rows + R"(],"mediaType":")" + kIndexType +
                          R"(","schemaVersion":2})");
    };

    struct Case {
        const char* name;
        Reply put;
        Reply fallback;     // as it is before
        const char* error;  // a part of it, or empty
        std::size_t requests;
        std::size_t entries;  // of the fallback that is put
    };

    const Case cases[] = {
        {"it does", answer(201, {{"OCI-Subject", digest}}), answer(404), "", 1, 0},
        {"there is none yet", answer(201), answer(404), "", 3, 1},
        {"beside another", answer(201), index(row), "", 3, 2},
        {"there already", answer(201), index(entry), "", 2, 0},
        {"no index there", answer(201), answer(200, {}, text), "is no index of what refers", 2, 0},
        {"stored something else", answer(201, {{"Docker-Content-Digest", digest}}), answer(404),
         "it stored something else", 1, 0},
        {"refused", answer(400), answer(404), "400 Bad Request", 1, 0},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const ScriptedServer server([&](const Heard& heard) {
            if (heard.method == "GET")
                return c.fallback;
            return heard.target.find("sha256-") == std::string::npos ? c.put : answer(201);
        });
        const auto opened = opened_registry(server);
        const auto pushed =
            Repository(*opened->registry, "team/app")
                .push_manifest(referrer.value(), referrer.value().descriptor.digest);
        CHECK((pushed ? "" : pushed.error().text).find(c.error) != std::string::npos);
        CHECK(static_cast<bool>(pushed) == (*c.error == '\0'));
        const std::vector<Heard> heard = server.heard();
        REQUIRE(heard.size() == c.requests);
        if (c.entries == 0)
            continue;
        CHECK(heard.back().target.ends_with("/manifests/sha256-" + std::string(64, 'f')));
        CHECK(heard.back().body.find(entry) != std::string::npos);
        CHECK(read_manifest(kIndexType, heard.back().body).value().manifests.size() == c.entries);
    }
}

TEST_CASE("referrers are read page by page, or from the fallback tag")
{
    const auto index = [](char digit) {
        return R"({"schemaVersion": 2, "manifests": [{"mediaType": "m", "digest": "sha256:)" +
               std::string(64, digit) + R"(", "size": 1}]})";
    };
    const std::string subject = "sha256:" + std::string(64, 'f');
    const ScriptedServer paged([&](const Heard& heard) {
        if (heard.target.find("page=2") == std::string::npos)
            return answer(200, {{"Content-Type", kIndexType}, {"Link", "<?page=2>; rel=\"next\""}},
                          index('1'));
        return answer(200, {{"Content-Type", kIndexType}}, index('2'));
    });
    const auto opened = opened_registry(paged);
    const auto found = Repository(*opened->registry, "team/app").referrers(subject);
    REQUIRE(found);
    REQUIRE(found.value().size() == 2);
    CHECK(found.value()[1].digest == "sha256:" + std::string(64, '2'));

    const ScriptedServer half([&](const Heard& heard) {
        if (heard.target.find("page=2") != std::string::npos)
            return answer(403);
        return answer(200, {{"Link", "<?page=2>; rel=next"}}, index('1'));
    });
    const auto halved = opened_registry(half);
    const auto forbidden = Repository(*halved->registry, "team/app").referrers(subject);
    REQUIRE_FALSE(forbidden);
    CHECK(forbidden.error().text.find("403 Forbidden") != std::string::npos);

    const ScriptedServer circular([&](const Heard&) {
        return answer(200, {{"Link", "<?again>; rel=next"}}, index('1'));
    });
    const auto round = opened_registry(circular);
    const auto endless = Repository(*round->registry, "team/app").referrers(subject);
    REQUIRE_FALSE(endless);
    CHECK(endless.error().text.find("has no end") != std::string::npos);
    CHECK(circular.heard().size() == 100);

    const ScriptedServer away([&](const Heard&) {
        return answer(200, {{"Link", "<http://127.0.0.2:1/>; rel=next"}}, index('1'));
    });
    const auto other = opened_registry(away);
    const auto refused = Repository(*other->registry, "team/app").referrers(subject);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().text.find("another host") != std::string::npos);

    const ScriptedServer closed([](const Heard& heard) {
        return answer(heard.target.find("/referrers/") != std::string::npos ? 403 : 404);
    });
    const auto barred = opened_registry(closed);
    CHECK_FALSE(Repository(*barred->registry, "team/app").referrers(subject));

    const ScriptedServer old([&](const Heard& heard) {
        const std::string tag = "sha256-" + std::string(64, 'f');
        return heard.target == "/v2/team/app/manifests/" + tag
                   ? answer(200, {{"Content-Type", kIndexType}}, index('3'))
                   : answer(404);
    });
    const auto third = opened_registry(old);
    const auto fallback = Repository(*third->registry, "team/app").referrers(subject);
    REQUIRE(fallback);
    REQUIRE(fallback.value().size() == 1);
    CHECK(fallback.value()[0].digest == "sha256:" + std::string(64, '3'));
}

}  // namespace registry_referrers_test
