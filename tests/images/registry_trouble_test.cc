// What no real registry can be made to show: a scripted server says it, and the strict client
// retries, resumes, refuses or gives up as it should.
#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "fixture.h"
#include "host/digest.h"
#include "host/input.h"
#include "oci/manifest.h"
#include "registry/repository.h"
#include "scripted_server.h"

namespace registry_trouble_test {

using namespace outis;
using namespace outis::images;
using namespace outis::images::host;
using namespace outis::images::oci;
using namespace outis::images::http;
using namespace outis::images::registry;
using namespace outis::images::testing;

namespace {

const std::string kManifestText =
    R"({"schemaVersion": 2, "config": {"mediaType": "x", "digest": "sha256:)" +
    std::string(64, 'a') + R"(", "size": 1}, "layers": []})";

Reply good_manifest()
{
    return answer(200, {{"Content-Type", kManifestType}}, kManifestText);
}

Reply raw(const std::string& bytes)
{
    return {.bytes = bytes, .close = true};
}

}  // namespace

TEST_CASE("a manifest's request is tried again, or refused at once")
{
    const std::string large = std::to_string(kMaxManifest + 1);
    std::string interim;
    for (int i = 0; i < 20; ++i)
        interim += "HTTP/1.1 103 Early Hints\r\n\r\n";

    struct Case {
        const char* name;
        std::vector<Reply> replies;  // the last one again and again
        const char* message;         // empty: the manifest came
        std::size_t requests;
    };

    const Case cases[] = {
        {"good", {good_manifest()}, "", 1},
        {"busy, then good", {answer(503), answer(502), good_manifest()}, "", 3},
        {"broken, then good", {answer(500), good_manifest()}, "", 2},
        {"late, then good", {answer(408), answer(504), good_manifest()}, "", 3},
        {"lost by a proxy, then good", {answer(499), answer(522), good_manifest()}, "", 3},
        {"too many, then good", {answer(429, {{"Retry-After", "0"}}), good_manifest()}, "", 2},
        {"a date that has passed",
         {answer(503, {{"Retry-After", "Sun, 06 Nov 1994 08:49:37 GMT"}}), good_manifest()},
         "",
         2},
        {"too many, come back tomorrow",
         {answer(429, {{"Retry-After", "86400"}})},
         "429 Too Many Requests; it asks to come back in 86400 s",
         1},
        {"never well", {answer(503)}, "503 Service Unavailable (3 tries)", 3},
        {"bad request", {answer(400)}, "400 Bad Request", 1},
        {"no login asked for", {answer(401)}, "neither Basic nor Bearer", 1},
        {"forbidden",
         {answer(403, {}, R"({"errors": [{"code": "DENIED"}]})")},
         "403 Forbidden: DENIED",
         1},
        {"method", {answer(405)}, "405 Method Not Allowed", 1},
        {"closed at once, then good", {raw(""), good_manifest()}, "", 2},
        {"always closed, and once on a kept connection", {raw("")}, "was lost", 4},
        {"half a head", {raw("HTTP/1.1 200 OK\r\nContent-"), good_manifest()}, "", 2},
        {"half a body",
         {raw("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"), good_manifest()},
         "",
         2},
        {"half a chunk",
         {raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n{"), good_manifest()},
         "",
         2},
        {"truncated JSON", {answer(200, {}, kManifestText.substr(0, 100))}, "JSON", 1},
        {"no manifest", {answer(200, {}, "{}")}, "schemaVersion", 1},
        {"too long", {answer(200, {{"Content-Length", large}})}, "more than 4096 KiB", 1},
        {"10 GB", {answer(200, {{"Content-Length", "10000000000"}})}, "more than 4096 KiB", 1},
        {"too long without a length",
         {raw("HTTP/1.1 200 OK\r\n\r\n" + std::string(kMaxManifest + 10, ' '))},
         "more than 4096 KiB",
         1},
        {"two lengths",
         {raw("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx")},
         "does not speak HTTP",
         1},
        {"negative length",
         {raw("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n")},
         "does not speak HTTP",
         1},
        {"fields without end",
         {raw("HTTP/1.1 200 OK\r\nX: " + std::string(70'000, 'x'))},
         "fields of more than 64 KiB",
         1},
        {"a chunk with words without end",
         {raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;x=" +
              std::string(300'000, 'x'))},
         "does not speak HTTP",
         1},
        {"fields behind the body without end",
         {raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: " +
              std::string(300'000, 'x'))},
         "does not speak HTTP",
         1},
        {"another protocol", {raw("SSH-2.0-OpenSSH_9.2\r\n")}, "does not speak HTTP", 1},
        {"interim answers without end", {raw(interim)}, "without end", 1},
        {"one interim answer",
         {{.bytes = "HTTP/1.1 100 Continue\r\n\r\n" + good_manifest().bytes}},
         "",
         1},
        {"another digest",
         {answer(200, {{"Docker-Content-Digest", "sha256:" + std::string(64, '0')}},
                 kManifestText)},
         "does not match its digest",
         1},
        {"another type",
         {answer(200, {{"Content-Type", kIndexType}}, kManifestText)},
         "was announced as",
         1},
        {"around in circles",
         {answer(302, {{"Location", "?again"}})},
         "redirects more than 10",
         11},
        {"nowhere", {answer(307)}, "but not where", 1},
        {"to an impossible place", {answer(307, {{"Location", "ftp://h/x#y"}})}, "'ftp://h/x'", 1},
        {"to a file", {answer(307, {{"Location", "file:///etc/passwd"}})}, "neither http", 1},
        {"to a user", {answer(307, {{"Location", "http://u:p@127.0.0.1/"}})}, "names a user", 1},
        {"a long way",
         {answer(307, {{"Location", "/" + std::string(20'000, 'x')}})},
         "longer than 16 KiB",
         1},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        std::size_t asked = 0;
        const ScriptedServer server(
            [&](const Heard&) { return c.replies[std::min(asked++, c.replies.size() - 1)]; });
        const auto opened = opened_registry(server);
        const Repository repository(*opened->registry, "team/app");
        const auto manifest = repository.find_manifest("1");
        if (!manifest) {
            CAPTURE(manifest.error().text);
            CHECK(manifest.error().text.find(*c.message == '\0' ? "nothing" : c.message) !=
                  std::string::npos);
            CHECK(manifest.error().text.find('\n') == std::string::npos);
            CHECK(manifest.error().text.starts_with("registry '" + server.domain() + "': "));
        } else {
            CHECK(*c.message == '\0');
            CHECK(manifest.value());
        }
        CHECK(server.heard().size() == c.requests);
    }
}

TEST_CASE("a missing manifest is no error, and a silent registry ends the wait")
{
    const ScriptedServer absent([](const Heard&) { return answer(404); });
    const auto opened = opened_registry(absent);
    const auto nothing = Repository(*opened->registry, "team/app").find_manifest("1");
    REQUIRE(nothing);
    CHECK_FALSE(nothing.value());

    const ScriptedServer silent(
        [](const Heard&) { return Reply{.bytes = "HTTP/1.1 200 OK\r\n", .close = false}; });
    RegistrySettings settings = quick_settings();
    settings.patience.silence = std::chrono::milliseconds(250);
    const auto patient = opened_registry(silent, settings);
    const auto late = Repository(*patient->registry, "team/app").find_manifest("1");
    REQUIRE_FALSE(late);
    CHECK(late.error().text.find("was silent for") != std::string::npos);
    CHECK(silent.heard().size() == 3);
}

TEST_CASE("a connection that the server has closed is not used again")
{
    auto server = std::make_unique<ScriptedServer>([](const Heard&) { return answer(200); });
    const Url url = parse_url("http://" + server->domain() + "/").take();
    Client client("", quick_settings().patience);
    REQUIRE(client.exchange({.url = url}));
    server.reset();
    const auto posted = client.exchange({.method = Method::post, .url = url});
    REQUIRE_FALSE(posted);
    CHECK_MESSAGE(posted.error().error.text.starts_with("connecting to"),
                  posted.error().error.text);
}

TEST_CASE("a request may have a longer time limit than its client")
{
    const ScriptedServer server([](const Heard&) {
        return Reply{.bytes = answer(200).bytes, .pause = std::chrono::milliseconds(700)};
    });
    const Url url = parse_url("http://" + server.domain() + "/").take();
    Client client("", {.silence = std::chrono::milliseconds(100)});
    CHECK(client.exchange({.url = url, .patience = Patience{}}));
    const auto usual = client.exchange({.url = url});
    REQUIRE_FALSE(usual);
    CHECK(usual.error().cause == Cause::silent);
}

TEST_CASE("warnings are shown once, in one line")
{
    const ScriptedServer server([](const Heard&) {
        return answer(200,
                      {{"Content-Type", kManifestType},
                       {"Warning", "299 - \"old\xc2\x9b tag\""},
                       {"Warning", "299 - \"second\""},
                       {"Warning", "199 - \"cache\""}},
                      kManifestText);
    });
    const auto opened = opened_registry(server);
    const Repository repository(*opened->registry, "team/app");
    CHECK(repository.find_manifest("1"));
    CHECK(repository.find_manifest("1"));
    REQUIRE(opened->notes.size() == 2);
    CHECK(opened->notes[0] == "registry '" + server.domain() + "' says: old  tag");
    CHECK(opened->notes[1].ends_with("second"));
}

namespace {

struct Pulled {
    std::string text = {};
    std::string error = {};
    std::vector<Heard> heard = {};
};

const std::string kBlob = "0123456789";

Pulled pull(const std::vector<Reply>& replies)
{
    Pulled pulled;
    std::size_t asked = 0;
    const ScriptedServer server(
        [&](const Heard&) { return replies[std::min(asked++, replies.size() - 1)]; });
    const auto opened = opened_registry(server);
    const Receiver receiver{.restart = [&]() -> Result<Done, Error> {
                                pulled.text.clear();
                                return Done{};
                            },
                            .write = [&](Bytes bytes) -> Result<Done, Error> {
                                pulled.text += as_text(bytes);
                                return Done{};
                            }};
    const auto done = Repository(*opened->registry, "team/app")
                          .pull_blob({.digest = sha256(kBlob).text(), .size = kBlob.size()},
                                     receiver, [](std::uint64_t) {});
    pulled.error = done ? "" : done.error().text;
    pulled.heard = server.heard();
    return pulled;
}

Reply part(const std::string& range, const std::string& body)
{
    return answer(206, {{"Content-Range", "bytes " + range + "/10"}}, body);
}

}  // namespace

TEST_CASE("a broken download is resumed, and its digest is checked")
{
    const Reply half = raw("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n01234");
    const Reply whole = answer(200, {}, kBlob);
    std::vector<Reply> bytewise;
    std::vector<std::string> bytewise_ranges;
    for (std::size_t at = 0; at < kBlob.size(); ++at) {
        const std::string first = std::to_string(at);
        bytewise.push_back(raw("HTTP/1.1 206 X\r\nContent-Range: bytes " + first + "-9/10\r\n" +
                               "Content-Length: " + std::to_string(kBlob.size() - at) + "\r\n\r\n" +
                               kBlob[at]));
        bytewise_ranges.push_back(at == 0 ? "" : "bytes=" + first + "-");
    }

    struct Case {
        const char* name;
        std::vector<Reply> replies;
        const char* message;
        std::vector<std::string> ranges;  // that were asked for
    };

    const Case cases[] = {
        {"whole", {whole}, "", {""}},
        {"busy first", {answer(503), whole}, "", {"", ""}},
        {"in two parts", {half, part("5-9", "56789")}, "", {"", "bytes=5-"}},
        {"no ranges here", {half, whole}, "", {"", "bytes=5-"}},
        {"range refused", {half, answer(416), whole}, "", {"", "bytes=5-", ""}},
        {"another part", {half, part("4-9", "456789")}, "another part", {"", "bytes=5-"}},
        {"a part that is too long",
         {half, part("5-9", "567890")},
         "bytes instead of",
         {"", "bytes=5-"}},
        {"a part without range",
         {half, answer(206, {}, "56789")},
         "another part",
         {"", "bytes=5-"}},
        {"other bytes", {answer(200, {}, "0123456780")}, "does not match its digest", {""}},
        {"too short", {answer(200, {}, "0123")}, "it has 4 bytes instead of 10", {""}},
        {"10 GB",
         {answer(200, {{"Content-Length", "10000000000"}})},
         "it has 10000000000 bytes instead of 10",
         {""}},
        {"more than said",
         {raw("HTTP/1.1 200 OK\r\n\r\n" + kBlob + kBlob)},
         "more than its 10",
         {""}},
        {"short without a length",
         {raw("HTTP/1.1 200 OK\r\n\r\n0123"), part("4-9", "456789")},
         "",
         {"", "bytes=4-"}},
        {"byte by byte, which is progress", bytewise, "", bytewise_ranges},
        {"the same half again, which is none",
         {half, answer(416), half},
         "(3 tries)",
         {"", "bytes=5-", ""}},
        {"all bytes, and no end",
         {raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\n" + kBlob + "\r\n")},
         "",
         {""}},
        {"gone", {answer(404)}, "404 Not Found", {""}},
        {"always broken",
         {half, raw(""), raw(""), raw("")},
         "was lost",
         {"", "bytes=5-", "bytes=5-"}},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const Pulled pulled = pull(c.replies);
        CAPTURE(pulled.error);
        if (*c.message == '\0') {
            CHECK(pulled.error.empty());
            CHECK(pulled.text == kBlob);
        } else {
            CHECK(pulled.error.find(c.message) != std::string::npos);
        }
        std::vector<std::string> ranges;
        for (const Heard& heard : pulled.heard)
            ranges.push_back(heard.field("Range"));
        CHECK(ranges == c.ranges);
    }
}

}  // namespace registry_trouble_test
