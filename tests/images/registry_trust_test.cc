// Where a registry may lead us, and what is said to nobody out there.
#include <optional>
#include <string>

#include <doctest/doctest.h>

#include "http/client.h"
#include "registry/registry.h"
#include "scripted_server.h"

namespace registry_trust_test {

using namespace outis;
using namespace outis::images;
using namespace outis::images::http;
using namespace outis::images::registry;
using namespace outis::images::testing;

TEST_CASE("no redirect leads from TLS to plain HTTP")
{
    // A registry that is not on this machine is asked nothing before it is needed.
    const auto registry = Registry::open("registry.example", "team/app", quick_settings(), {});
    REQUIRE(registry);
    const Url from = registry.value()->url("team/app/blobs/uploads/");
    CHECK(from.scheme == "https");

    struct Case {
        const char* location;
        const char* origin;  // where it leads, or a part of the message
    };

    const Case cases[] = {
        {"/v2/x", "https://registry.example:443"},
        {"https://cdn.example/x", "https://cdn.example:443"},
        {"http://registry.example/v2/x", "plain HTTP"},
        {"http://127.0.0.1/v2/x", "plain HTTP"},
        {"", "not where"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.location);
        const auto url = registry.value()->follow(from, {.fields = {{"Location", c.location}}});
        const std::string said = url ? url.value().origin() : url.error().error.text;
        CHECK(said.find(c.origin) != std::string::npos);
    }
}

TEST_CASE("credentials are never sent over plain HTTP")
{
    Client client("", {});
    for (const char* scheme : {"basic", "bearer"}) {
        for (const Credentials& known :
             {Credentials{.username = "me", .password = "hunter22"},
              Credentials{.username = "me", .password = "hunter22", .registry_token = "r3ady"}}) {
            CAPTURE(scheme);
            Authorizer authorizer(client, "http://registry.example:80",
                                  [&] { return Result<std::optional<Credentials>, Error>(known); },
                                  {});
            const auto said = authorizer.answer({{.scheme = scheme}}, {"x"}, "", false);
            REQUIRE_FALSE(said);
            CHECK(said.error().error.text.find("are not sent to 'http://registry.example:80'") !=
                  std::string::npos);
        }
    }
}

TEST_CASE("a registry of the Internet cannot redirect to a private address")
{
    RegistrySettings settings = quick_settings();
    settings.plain_http = true;

    struct Case {
        const char* domain;
        const char* location;
        bool refused;
    };

    const Case cases[] = {
        {"registry.example", "http://cdn.example/x", false},
        {"registry.example", "http://8.8.8.8/x", false},
        {"registry.example", "http://127.0.0.1/x", true},
        {"registry.example", "http://169.254.169.254/x", true},
        {"registry.example", "http://[fe80::1]/x", true},
        {"10.0.0.5", "http://10.0.0.6/x", false},
        {"localhost:5000", "http://127.0.0.1:9000/x", false},
    };
    for (const Case& c : cases) {
        CAPTURE(c.location);
        const auto registry = Registry::open(c.domain, "team/app", settings, {});
        REQUIRE(registry);
        const auto url = registry.value()->follow(registry.value()->url(""),
                                                  {.fields = {{"Location", c.location}}});
        CHECK(static_cast<bool>(url) == !c.refused);
    }
}

TEST_CASE("a URL that the Internet named is asked at no private address, whatever its host")
{
    const ScriptedServer server([](const Heard&) { return answer(200); });
    const std::string port = server.domain().substr(server.domain().find(':') + 1);
    std::size_t heard = 0;
    for (const char* host :
         {"127.0.0.1", "127.1", "0x7f000001", "2130706433", "localhost", "::ffff:127.0.0.1"}) {
        CAPTURE(host);
        Client client("", quick_settings().patience);
        Url url{.scheme = "http", .host = host, .port = port, .target = "/"};
        const auto trusted = client.exchange({.url = url});
        REQUIRE_MESSAGE(trusted, trusted.error().error.text);
        CHECK(trusted.value().is_inside);
        CHECK(server.heard().size() == ++heard);
        // Not even over the connection that is there already.
        url.named_by = "https://registry.example:443";
        const auto refused = client.exchange({.url = url});
        REQUIRE_FALSE(refused);
        CHECK(refused.error().cause == Cause::final);
        CHECK(refused.error().error.text.find("registry.example") != std::string::npos);
        CHECK(server.heard().size() == heard);
    }
}

TEST_CASE("a registry of the Internet cannot name a token service at a private address")
{
    const ScriptedServer service(
        [](const Heard&) { return answer(200, {}, R"({"token": "inner-secret"})"); });
    Client client("", {});

    struct Case {
        const char* origin;
        std::string said;  // the start of it, or a part of the message
        std::size_t heard;
    };

    const Case cases[] = {
        {"http://127.0.0.1:5000", "Bearer inner-secret", 1},
        {"http://10.0.0.5:80", "Bearer inner-secret", 1},
        {"http://registry.example:80", "an address of a private network", 0},
        {"http://8.8.8.8:80", "an address of a private network", 0},
    };
    std::size_t heard = 0;
    for (const Case& c : cases) {
        CAPTURE(c.origin);
        Authorizer authorizer(client, c.origin, [] { return std::optional<Credentials>(); }, {});
        const Challenge challenge{.scheme = "bearer",
                                  .parameters = {{"realm", "http://" + service.domain() + "/"}}};
        const auto answered = authorizer.answer({challenge}, {"x"}, "", false);
        const std::string said = answered ? answered.value() : answered.error().error.text;
        CAPTURE(said);
        CHECK(said.find(c.said) != std::string::npos);
        heard += c.heard;
        CHECK(service.heard().size() == heard);
    }
}

}  // namespace registry_trust_test
