// Who we are to a registry, as files and helpers say it: pure functions, no network.
#include <string>

#include <doctest/doctest.h>

#include "http/fields.h"
#include "registry/authorizer.h"
#include "registry/credentials.h"
#include "registry/login.h"

namespace credentials_test {

using namespace outis;
using namespace outis::images;
using namespace outis::images::registry;

TEST_CASE("credentials are found by host and by path")
{
    const std::string text = R"({
        "auths": {
            "https://index.docker.io/v1/": {"auth": "aHViOnNlY3JldA=="},
            "localhost:5000": {"auth": "aG9zdDpwOjE="},
            "https://localhost:5000/team": {"username": "team", "password": "old"},
            "localhost:5000/team": {"username": "team", "password": "pw"},
            "http://localhost:5000/team/": {"username": "team", "password": "older"},
            "localhost:5000/some/v1": {"username": "first", "password": "pw"},
            "localhost:5000/team/app": {"identitytoken": "refresh"},
            "quay.example/v2/": {"registrytoken": "ready"},
            "empty.example": {}
        },
        "credHelpers": {"gcr.example": "gcloud", "https://ecr.example": "ecr-login"},
        "HttpHeaders": {"X": "y"}
    })";
    const auto file = parse_auth_file(text, "config.json");
    REQUIRE(file);

    struct Case {
        const char* domain;
        const char* repository;
        Credentials found;
    };

    const Case cases[] = {
        {"docker.io", "library/x", {.username = "hub", .password = "secret"}},
        {"localhost:5000", "x", {.username = "host", .password = "p:1"}},
        {"localhost:5000", "teams", {.username = "host", .password = "p:1"}},
        {"localhost:5000", "team/x/y", {.username = "team", .password = "pw"}},
        {"localhost:5000", "some/v1", {.username = "first", .password = "pw"}},
        {"localhost:5000", "some/other", {.username = "host", .password = "p:1"}},
        {"localhost:5000", "team/app", {.identity_token = "refresh"}},
        {"quay.example", "x", {.registry_token = "ready"}},
    };
    for (const Case& c : cases) {
        CAPTURE(c.repository);
        const auto found = entry_for(file.value(), c.domain, c.repository);
        REQUIRE(found);
        REQUIRE(found.value());
        CHECK(*found.value() == c.found);
    }
    CHECK_FALSE(entry_for(file.value(), "localhost", "x").value());
    CHECK_FALSE(entry_for(file.value(), "empty.example", "x").value());
    CHECK(helper_for(file.value(), "gcr.example").value() == "gcloud");
    CHECK(helper_for(file.value(), "ecr.example").value() == "ecr-login");
    CHECK(helper_for(file.value(), "localhost:5000").value().empty());
    const auto store =
        parse_auth_file(R"({"credsStore": "desktop", "credHelpers": {"file.example": ""}})", "c");
    REQUIRE(store);
    CHECK(helper_for(store.value(), "anything").value() == "desktop");
    CHECK(helper_for(store.value(), "file.example").value().empty());
}

namespace {

// What is wrong for `domain`; empty: nothing.
std::string complaint(const std::string& text, const std::string& domain)
{
    const auto file = parse_auth_file(text, "config.json");
    if (!file)
        return file.error().text;
    const auto helper = helper_for(file.value(), domain);
    if (!helper)
        return helper.error().text;
    const auto entry = entry_for(file.value(), domain, "x");
    return entry ? "" : entry.error().text;
}

}  // namespace

TEST_CASE("what is wrong in one entry concerns only those who ask for it")
{
    struct Case {
        const char* name;
        const char* text;
        bool store;  // it concerns all that have no helper of their own
    };

    const Case cases[] = {
        {"no base64", R"({"auths": {"bad": {"auth": "!!!"}, "good": {"auth": "YTpi"}}})", false},
        {"no object", R"({"auths": {"bad": 1, "good": {"auth": "YTpi"}}})", false},
        {"helper", R"({"auths": {"good": {"auth": "YTpi"}}, "credHelpers": {"bad": "../x"}})",
         false},
        {"helper of another type",
         R"({"auths": {"good": {"auth": "YTpi"}}, "credHelpers": {"bad": 1}})", false},
        {"store",
         R"({"auths": {"good": {"auth": "YTpi"}}, "credHelpers": {"good": ""},
             "credsStore": "a/b"})",
         true},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        CHECK(complaint(c.text, "good") == "");
        CHECK(complaint(c.text, "bad") != "");
        CHECK((complaint(c.text, "other") != "") == c.store);
        const auto file = parse_auth_file(c.text, "config.json");
        REQUIRE(file);
        CHECK(entry_for(file.value(), "good", "x").value() ==
              Credentials{.username = "a", .password = "b"});
    }
    // Of two writings of a host the sound one counts.
    for (const char* text : {R"({"auths": {"https://h/": 1, "http://h": {"auth": "YTpi"}}})",
                             R"({"auths": {"https://h/": {"auth": "YTpi"}, "http://h": 1}})"})
        CHECK(complaint(text, "h") == "");
}

TEST_CASE("a malformed file of credentials is refused without quoting it")
{
    struct Case {
        const char* name;
        const char* text;
        const char* message;
    };

    const Case cases[] = {
        {"no JSON", "{secret", "is no JSON object"},
        {"a list", "[\"secret\"]", "is no JSON object"},
        {"no base64", R"({"auths": {"h": {"auth": "secret!"}}})", "no base64 of USER:PASSWORD"},
        {"no colon", R"({"auths": {"h": {"auth": "c2VjcmV0"}}})", "no base64 of USER:PASSWORD"},
        {"entry", R"({"auths": {"h": "secret"}})", "an entry that is no object"},
        {"helper with a path", R"({"credHelpers": {"h": "../secret"}})", "no plain name"},
        {"store with a path", R"({"credsStore": "a/secret"})", "no plain name"},
        {"helper of another type", R"({"credHelpers": {"h": 1}})", "no plain name"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const std::string text = complaint(c.text, "h");
        CAPTURE(text);
        CHECK(text.find(c.message) != std::string::npos);
        CHECK(text.find("secret") == std::string::npos);
    }
    CHECK_FALSE(parse_helper_answer("{}", "h"));
    CHECK_FALSE(parse_helper_answer("secret", "h"));
    const auto token = parse_helper_answer(R"({"Username": "<token>", "Secret": "s"})", "h");
    REQUIRE(token);
    CHECK(token.value() == Credentials{.identity_token = "s"});
    CHECK(http::base64("") == "");
    CHECK(http::base64("a:b") == "YTpi");
}

TEST_CASE("a token is read from what a token service answers")
{
    struct Case {
        const char* name;
        const char* text;
        const char* value;  // empty: refused
        long lifetime = 60;
    };

    const Case cases[] = {
        {"token", R"({"token": "a"})", "a"},
        {"access_token", R"({"access_token": "a", "expires_in": 300})", "a", 300},
        {"token wins", R"({"access_token": "b", "token": "a"})", "a"},
        {"no lifetime", R"({"token": "a", "expires_in": 0})", "a"},
        {"absurd lifetime", R"({"token": "a", "expires_in": 999999999999})", "a", 24 * 3600},
        {"empty", R"({"token": ""})", ""},
        {"truncated", R"({"token": "a)", ""},
        {"a line end", R"({"token": "a\r\nX: y"})", ""},
        {"list", "[]", ""},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const auto token = parse_token(c.text);
        CHECK(static_cast<bool>(token) == (*c.value != '\0'));
        if (!token)
            continue;
        CHECK(token.value().value == c.value);
        CHECK(token.value().lifetime.count() == c.lifetime);
    }
}

}  // namespace credentials_test
