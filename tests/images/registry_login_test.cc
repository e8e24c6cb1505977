// Logins: what is said to whom, and what is never said to anybody else.
#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "fixture.h"
#include "host/digest.h"
#include "oci/manifest.h"
#include "registry/repository.h"
#include "scripted_server.h"

namespace registry_login_test {

using namespace outis;
using namespace outis::images;
using namespace outis::images::host;
using namespace outis::images::oci;
using namespace outis::images::registry;
using namespace outis::images::testing;

namespace {

const Blob kBlob = text_blob("0123456789");

Result<Sent, Error> push(Registry& registry, const std::string& mount_from = "")
{
    return Repository(registry, "team/app")
        .push_blob(
            {.digest = kBlob.digest, .size = kBlob.size}, [] { return Result<Blob, Error>(kBlob); },
            mount_from, [](std::uint64_t) {});
}

// A file with credentials for the server.
RegistrySettings with_login(const WorkFolder& work_folder, const ScriptedServer& server,
                            const std::string& entry)
{
    RegistrySettings settings = quick_settings();
    settings.authfile = work_folder.path("auth.json");
    write_text(settings.authfile, R"({"auths": {")" + server.domain() + R"(": )" + entry + "}}");
    return settings;
}

const std::string kSecret = "hunter22";
const std::string kBasic = http::base64("me:" + kSecret);
const std::string kLogin = R"({"auth": ")" + kBasic + R"("})";

std::string find_text(const std::unique_ptr<Registry>& registry)
{
    const auto manifest = Repository(*registry, "team/app").find_manifest("1");
    if (!manifest)
        return manifest.error().text;
    return manifest.value() ? "found" : "absent";
}

std::unique_ptr<Registry> open(const ScriptedServer& server, const RegistrySettings& settings)
{
    auto registry = Registry::open(server.domain(), "team/app", settings, {});
    REQUIRE(registry);
    return registry.take();
}

}  // namespace

TEST_CASE("a login answers the registry's challenge, or explains what failed")
{
    const WorkFolder work_folder;
    std::string challenge;
    // The registry and, at /token, its token service; what they accept.
    std::string accepted = "Basic " + kBasic;
    Reply token = answer(200, {}, R"({"token": "t0ken-of-the-day"})");
    const ScriptedServer server([&](const Heard& heard) {
        if (heard.target.starts_with("/token"))
            return token;
        if (heard.field("Authorization") == accepted)
            return answer(404);
        return answer(401, {{"WWW-Authenticate", challenge}},
                      R"({"errors": [{"code": "UNAUTHORIZED", "message": ")" +
                          heard.field("Authorization") + R"("}]})");
    });
    const std::string realm = "Bearer realm=\"http://" + server.domain() + "/token\"";

    struct Case {
        const char* name;
        std::string challenge;
        std::string entry;
        std::string accepted;
        Reply token;
        std::string outcome;  // a part of it
        std::string last;     // the last request's Authorization
    };

    const Reply good = answer(200, {}, R"({"token": "t0ken-of-the-day"})");
    const Case cases[] = {
        {"Basic", "Basic realm=x", kLogin, "Basic " + kBasic, good, "absent", "Basic " + kBasic},
        {"Basic, wrong", "Basic realm=x", kLogin, "never", good, "refuses the credentials",
         "Basic " + kBasic},
        {"Basic, nobody", "Basic realm=x", "{}", "never", good, "wants credentials", ""},
        {"Bearer, nobody", realm, "{}", "Bearer t0ken-of-the-day", good, "absent",
         "Bearer t0ken-of-the-day"},
        {"Bearer", realm + ",service=\"s\"", kLogin, "Bearer t0ken-of-the-day", good, "absent",
         "Bearer t0ken-of-the-day"},
        {"Bearer before Basic", "Basic realm=x, " + realm, kLogin, "Bearer t0ken-of-the-day", good,
         "absent", "Bearer t0ken-of-the-day"},
        {"a refresh token", realm, R"({"identitytoken": "refr3sh"})", "Bearer t0ken-of-the-day",
         good, "absent", "Bearer t0ken-of-the-day"},
        {"a ready token", realm, R"({"registrytoken": "r3ady"})", "Bearer r3ady", good, "absent",
         "Bearer r3ady"},
        {"never content", realm, kLogin, "never", good, "refuses the credentials",
         "Basic " + kBasic},
        {"the service refuses", realm, kLogin, "never", answer(401), "for a token: 401",
         "Basic " + kBasic},
        {"the service is broken", realm, kLogin, "never", answer(503), "(3 tries)",
         "Basic " + kBasic},
        {"no token", realm, kLogin, "never", answer(200, {}, "{}"), "without a token",
         "Basic " + kBasic},
        {"a token with a line end", realm, kLogin, "never",
         answer(200, {}, R"({"token": "a\r\nX: y"})"), "control characters", "Basic " + kBasic},
        {"an endless token", realm, kLogin, "never",
         answer(200, {{"Content-Length", "10000000000"}}), "more than 64 KiB", "Basic " + kBasic},
        {"a service without TLS", "Bearer realm=\"http://registry.invalid/\"", kLogin, "never",
         good, "are not sent to 'http://registry.invalid:80'", ""},
        {"a service with a user", "Bearer realm=\"http://u:p@127.0.0.1/\"", kLogin, "never", good,
         "names a user", ""},
        {"no service", "Bearer service=s", kLogin, "never", good, "is malformed", ""},
        {"only a token for Basic", "Basic realm=x", R"({"identitytoken": "refr3sh"})", "never",
         good, "of which only a token is known", ""},
        {"neither", "Negotiate", kLogin, "never", good, "neither Basic nor Bearer", ""},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        challenge = c.challenge;
        accepted = c.accepted;
        token = c.token;
        const std::string outcome =
            find_text(open(server, with_login(work_folder, server, c.entry)));
        CAPTURE(outcome);
        CHECK(outcome.find(c.outcome) != std::string::npos);
        CHECK(server.heard().back().field("Authorization") == c.last);
        for (const std::string& secret : {kSecret, kBasic, std::string("refr3sh"),
                                          std::string("r3ady"), std::string("t0ken-of-the-day")})
            CHECK(outcome.find(secret) == std::string::npos);
    }
}

TEST_CASE("a registry's message is shown without our secrets, wherever it is cut")
{
    const WorkFolder work_folder;
    std::string challenge;
    std::string repeated;
    const ScriptedServer server([&](const Heard& heard) {
        const bool login = heard.target.starts_with("/token");
        if (login && heard.method == "GET")
            return answer(200, {}, R"({"token": "t0ken-of-the-day"})");
        if (!login && heard.field("Authorization").empty())
            return answer(401, {{"WWW-Authenticate", challenge}});
        return answer(403, {{"Warning", "299 - \"" + repeated + "\""}},
                      R"({"errors": [{"code": "DENIED", "message": ")" + repeated + "\"}]}");
    });
    const std::string realm = "Bearer realm=\"http://" + server.domain() + "/token\"";

    struct Case {
        const char* name;
        std::string challenge;
        std::string entry;
        std::string secret;
    };

    const Case cases[] = {
        {"a password", "Basic realm=x", kLogin, kSecret},
        {"name and password", "Basic realm=x", kLogin, kBasic},
        {"a token", realm, kLogin, "t0ken-of-the-day"},
        {"a ready token", realm, R"({"registrytoken": "r3ady-made"})", "r3ady-made"},
        {"a refresh token", realm, R"({"identitytoken": "refr3sh-me"})", "refr3sh-me"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const RegistrySettings settings = with_login(work_folder, server, c.entry);
        challenge = c.challenge;
        for (std::size_t length = 0; length < 720; length += 8) {
            CAPTURE(length);
            repeated = std::string(length, '-') + c.secret;
            std::string shown;
            auto registry = Registry::open(server.domain(), "team/app", settings,
                                           [&](const std::string& note) { shown += note; });
            REQUIRE(registry);
            shown += find_text(registry.value());
            CHECK(shown.find("DENIED: ") != std::string::npos);
            CHECK(shown.find(length < 500 ? "***" : "---") != std::string::npos);
            CHECK(shown.find(c.secret.substr(0, 5)) == std::string::npos);
            CHECK(shown.size() < 1200);
        }
    }
}

TEST_CASE("a token is requested once for its scopes, and renewed when it expires")
{
    const WorkFolder work_folder;
    int tokens = 0;
    int accepted = 0;
    const ScriptedServer server([&](const Heard& heard) {
        if (heard.target.starts_with("/token"))
            return answer(200, {}, R"({"token": "number-)" + std::to_string(++tokens) + "\"}");
        if (heard.field("Authorization") == "Bearer number-" + std::to_string(accepted))
            return answer(404);
        return answer(401, {{"WWW-Authenticate", "Bearer realm=\"http://" + heard.field("Host") +
                                                     "/token\",service=\"the service\""}});
    });
    auto registry = open(server, with_login(work_folder, server, kLogin));
    accepted = 1;
    CHECK(find_text(registry) == "absent");
    CHECK(find_text(registry) == "absent");
    CHECK(tokens == 1);
    accepted = 2;
    CHECK(find_text(registry) == "absent");
    CHECK(tokens == 2);
    const std::vector<Heard> heard = server.heard();
    const auto asked = std::ranges::find_if(
        heard, [](const Heard& one) { return one.target.starts_with("/token"); });
    CHECK(asked->target ==
          "/token?service=the%20service&scope=repository%3Ateam%2Fapp%3Apull&account=me");

    // Two scopes where a blob is mounted.
    accepted = 4;
    static_cast<void>(push(*registry, "other/app"));
    const std::vector<Heard> all = server.heard();
    CHECK(std::ranges::any_of(all, [](const Heard& one) {
        return one.target.find(
                   "scope=repository%3Ateam%2Fapp%3Apull%2Cpush&"
                   "scope=repository%3Aother%2Fapp%3Apull") != std::string::npos;
    }));
}

TEST_CASE("a repository that the login cannot read is not mounted from")
{
    const WorkFolder work_folder;
    const ScriptedServer server([&](const Heard& heard) {
        if (heard.target.starts_with("/token"))
            return heard.target.find("other") == std::string::npos
                       ? answer(200, {}, R"({"token": "pushing"})")
                       : answer(403, {}, R"({"errors": [{"code": "DENIED"}]})");
        if (heard.field("Authorization") != "Bearer pushing")
            return answer(401, {{"WWW-Authenticate",
                                 "Bearer realm=\"http://" + heard.field("Host") + "/token\""}});
        if (heard.method == "POST")
            return answer(202, {{"Location", "/upload"}});
        return answer(heard.method == "PUT" ? 201 : 404);
    });
    const auto sent = push(*open(server, with_login(work_folder, server, kLogin)), "other/app");
    REQUIRE_MESSAGE(sent, sent.error().text);
    CHECK(sent.value() == Sent::uploaded);
}

TEST_CASE("credentials are sent to no other host, whatever a registry answers")
{
    const WorkFolder work_folder;
    const ScriptedServer other(
        [](const Heard& heard) { return heard.method == "PUT" ? answer(201) : answer(404); });
    const ScriptedServer server([&](const Heard& heard) {
        if (heard.field("Authorization").empty())
            return answer(401, {{"WWW-Authenticate", "Basic realm=x"}});
        const std::string there = "http://" + other.domain() + "/elsewhere";
        if (heard.method == "POST")
            return answer(202, {{"Location", there}});
        return heard.method == "HEAD" ? answer(404) : answer(307, {{"Location", there}});
    });
    const RegistrySettings settings = with_login(work_folder, server, kLogin);
    CHECK(find_text(open(server, settings)) == "absent");
    const auto sent = push(*open(server, settings));
    REQUIRE(sent);
    CHECK(sent.value() == Sent::uploaded);
    const std::vector<Heard> heard = other.heard();
    REQUIRE(heard.size() == 2);
    CHECK(heard[0].target == "/elsewhere");
    CHECK(heard[1].target == "/elsewhere?digest=" + kBlob.digest);
    CHECK(heard[1].body == std::get<std::string>(kBlob.content));
    for (const Heard& one : heard)
        CHECK(one.field("Authorization").empty());
}

TEST_CASE("a redirect to another host carries no login and cannot lead back to one")
{
    struct Case {
        const char* name;
        const char* home;  // where the other host leads back to; empty: the registry leads there
        const char* start;
        const char* message;
    };

    const Case cases[] = {
        {"another upload", "/v2/team/app/blobs/uploads/9", "", "401"},
        {"a manifest", "/v2/team/app/manifests/prod", "", "no place for one"},
        {"a blob", "/v2/team/app/blobs/sha256:0", "", "no place for one"},
        {"a manifest at once", "", "/v2/team/app/manifests/prod", "no place for one"},
        {"a manifest in disguise", "", "/v2/team/app/%6Danifests/prod", "no place for one"},
        {"by a detour", "", "/v2/team/app/blobs/uploads/..%2f..%2fmanifests/x", "no place for one"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const WorkFolder work_folder;
        std::string home;
        const ScriptedServer other([&](const Heard& heard) {
            return answer(heard.method == "GET" ? 307 : 202,
                          {{"Location", home + c.home}, {"Range", "0-3"}});
        });
        const ScriptedServer server([&](const Heard& heard) {
            if (heard.field("Authorization").empty())
                return answer(401, {{"WWW-Authenticate", "Basic realm=x"}});
            const std::string there = "http://" + other.domain() + "/elsewhere";
            if (heard.method == "GET")
                return answer(307, {{"Location", there}});
            return heard.method == "POST"
                       ? answer(202, {{"Location", *c.start == '\0' ? there : c.start}})
                       : answer(404);
        });
        home = "http://" + server.domain();
        RegistrySettings settings = with_login(work_folder, server, kLogin);
        settings.chunk = 4;
        const auto sent = push(*open(server, settings));
        REQUIRE_FALSE(sent);
        CAPTURE(sent.error().text);
        CHECK(sent.error().text.find(c.message) != std::string::npos);
        if (*c.home != '\0')
            CHECK(find_text(open(server, settings)).find("401") != std::string::npos);
        for (const Heard& one : server.heard()) {
            CAPTURE(one.target);
            if (one.target == c.home || one.method == "PUT" || one.method == "DELETE")
                CHECK(one.field("Authorization").empty());
        }
    }
}

}  // namespace registry_login_test
