// What a registry may not do to us: trickle, claim sizes beyond all measure, make us wait.
#include <chrono>
#include <string>

#include <doctest/doctest.h>

#include "host/digest.h"
#include "host/input.h"
#include "registry/refusal.h"
#include "registry/repository.h"
#include "scripted_server.h"

namespace registry_limits_test {

using namespace outis;
using namespace outis::images;
using namespace outis::images::host;
using namespace outis::images::http;
using namespace outis::images::registry;
using namespace outis::images::testing;

TEST_CASE("a body that trickles is given up, however often it is asked for; a slow one is not")
{
    const std::string blob(40, 'x');

    struct Case {
        const char* name;
        std::uint64_t least;  // in 200 ms, of which the server sends at most 20
        const char* message;  // empty: it came
        std::size_t requests;
    };

    const Case cases[] = {
        {"too slow", 1000, "fewer than the least of 1000", 3},
        {"slow", 2, "", 1},
        {"any rate will do", 0, "", 1},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const ScriptedServer server([&](const Heard& heard) {
            const std::string range = heard.field("Range");
            const std::size_t start =
                range.empty() ? 0 : std::stoul(range.substr(std::string("bytes=").size()));
            Reply reply = answer(range.empty() ? 200 : 206,
                                 {{"Content-Range", "bytes " + std::to_string(start) + "-39/40"}},
                                 blob.substr(start));
            reply.drip = std::chrono::milliseconds(10);
            if (c.least > 100)
                reply.drip = std::chrono::milliseconds(50);
            return reply;
        });
        RegistrySettings settings = quick_settings();
        settings.patience.pace = {.bytes = c.least, .window = std::chrono::milliseconds(200)};
        const auto opened = opened_registry(server, settings);
        std::string text;
        const Receiver receiver{.restart = [] { return Result<Done, Error>(Done{}); },
                                .write = [&](Bytes bytes) -> Result<Done, Error> {
                                    text += as_text(bytes);
                                    return Done{};
                                }};
        const auto done = Repository(*opened->registry, "team/app")
                              .pull_blob({.digest = sha256(blob).text(), .size = blob.size()},
                                         receiver, [](std::uint64_t) {});
        CHECK(static_cast<bool>(done) == (*c.message == '\0'));
        if (done) {
            CHECK(text == blob);
        } else {
            CAPTURE(done.error().text);
            CHECK(done.error().text.find(c.message) != std::string::npos);
            CHECK(done.error().text.find('\n') == std::string::npos);
        }
        CHECK(server.heard().size() == c.requests);
    }
}

TEST_CASE("who asks us to come back too late is told of with both times")
{
    const ScriptedServer server([](const Heard&) {
        return answer(429, {{"Retry-After", "86400"}});
    });
    const auto opened = opened_registry(server);
    const auto found = Repository(*opened->registry, "team/app").find_manifest("1");
    REQUIRE_FALSE(found);
    CAPTURE(found.error().text);
    CHECK(found.error().text.find("86400 s") != std::string::npos);
    CHECK(found.error().text.find("300 s") != std::string::npos);
}

TEST_CASE("a refusal says what the registry says of what it was sent, and what to do")
{
    struct Case {
        const char* name;
        int status;
        const char* detail;
        const char* shown;  // empty: it is not
    };

    const Case cases[] = {
        {"a text", 415, R"("unsupported media type x")", "(unsupported media type x)"},
        {"an object", 400, R"({"Digest": "sha256:0"})", R"(({"Digest":"sha256:0"}))"},
        {"an escape", 400, R"("a\u001b[31m")", "(a [31m)"},
        {"nothing", 400, "null", ""},
        {"the question again", 403, R"("repository:x:pull")", ""},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const std::string text =
            refusal({.status = c.status,
                     .text = R"({"errors": [{"code": "C", "message": "m", "detail": )" +
                             std::string(c.detail) + "}]}"},
                    "pushing");
        CAPTURE(text);
        CHECK(text.find(*c.shown == '\0' ? "C: m" : c.shown) != std::string::npos);
        CHECK((text.find('(') == std::string::npos) == (*c.shown == '\0'));
    }
}

}  // namespace registry_limits_test
