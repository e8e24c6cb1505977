// Uploads that go wrong on the way: each row is what a scripted registry
// does, and what the client asked it, request by request.
#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "fixture.h"
#include "host/digest.h"
#include "http/fields.h"
#include "oci/manifest.h"
#include "registry/repository.h"
#include "scripted_server.h"

namespace registry_push_test {

using namespace outis;
using namespace outis::images;
using namespace outis::images::host;
using namespace outis::images::oci;
using namespace outis::images::http;
using namespace outis::images::registry;
using namespace outis::images::testing;

namespace {

const std::string kBlob = "0123456789";
const Reply kThere = answer(200, {{"Content-Length", "10"}});
const std::string kUploads = "/v2/team/app/blobs/uploads/";

// Goes wrong once: at the first request of that method.
struct Mishap {
    std::string method = {};
    Reply reply = {};
    std::size_t keeps = 0;  // bytes of the upload that are there afterwards
    bool stores = false;    // the blob is there although nobody was told
};

// As much of a registry as an upload of one blob sees.
class Uploads {
public:
    explicit Uploads(std::vector<Mishap> mishaps, std::string start = kUploads + "1?_state=a")
        : mishaps_(std::move(mishaps)), place_(std::move(start))
    {
    }

    Reply reply(const Heard& heard)
    {
        if (!mishaps_.empty() && mishaps_.front().method == heard.method) {
            const Mishap mishap = mishaps_.front();
            mishaps_.erase(mishaps_.begin());
            stored_ = mishap.keeps;
            exists_ = exists_ || mishap.stores;
            return mishap.reply;
        }
        if (heard.method == "HEAD")
            return exists_ ? kThere : answer(404);
        if (heard.method == "POST")
            return answer(202, {{"Location", place_}});
        const std::size_t length = std::stoul("0" + heard.field("Content-Length"));
        if (heard.method == "PATCH") {
            const auto range = parse_upload_range(heard.field("Content-Range"));
            if (!range || range->first != stored_ || range->last + 1 != stored_ + length)
                return answer(416);
            stored_ += length;
            return progress(202);
        }
        if (heard.method == "PUT") {
            exists_ = stored_ + length == kBlob.size();
            return answer(exists_ ? 201 : 400, {}, R"({"errors": [{"code": "DIGEST_INVALID"}]})");
        }
        if (heard.method == "GET")
            return progress(204);
        return answer(202);
    }

private:
    [[nodiscard]] Reply progress(int status) const
    {
        const std::string last = std::to_string(stored_ == 0 ? 0 : stored_ - 1);
        return answer(status, {{"Location", place_}, {"Range", "0-" + last}});
    }

    std::vector<Mishap> mishaps_;
    std::string place_;
    std::size_t stored_ = 0;
    bool exists_ = false;
};

struct Pushed {
    std::string outcome = {};  // or the error
    std::vector<Heard> heard = {};
};

Pushed push(const ScriptedServer& server, const RegistrySettings& settings,
            const std::string& mount_from = "")
{
    const auto opened = opened_registry(server, settings);
    const Blob blob = text_blob(kBlob);
    const auto sent =
        Repository(*opened->registry, "team/app")
            .push_blob(
                {.digest = blob.digest, .size = blob.size},
                [&] { return Result<Blob, Error>(blob); }, mount_from, [](std::uint64_t) {});
    constexpr const char* kNames[] = {"uploaded", "present", "mounted"};
    return {.outcome = sent ? kNames[static_cast<int>(sent.value())] : sent.error().text,
            .heard = server.heard()};
}

// "PATCH 4-9": method, and what of the blob went with it.
std::string transcript(const std::vector<Heard>& all)
{
    std::string text;
    for (const Heard& heard : all) {
        text += (text.empty() ? "" : ", ") + heard.method;
        if (heard.target.find("mount=") != std::string::npos)
            text += " mount";
        if (!heard.field("Content-Range").empty())
            text += " " + heard.field("Content-Range");
        else if (!heard.body.empty())
            text += " all";
    }
    return text;
}

}  // namespace

TEST_CASE("an upload succeeds, or fails with the registry's message")
{
    const Reply broken{.bytes = "", .take_body = 4};
    const Reply closed{};

    struct Case {
        const char* name;
        std::vector<Mishap> mishaps;
        std::uint64_t chunk;
        const char* outcome;  // the start of it
        const char* transcript;
    };

    const Case cases[] = {
        {"in one piece", {}, 0, "uploaded", "HEAD, POST, PUT all"},
        {"there already", {{"HEAD", kThere}}, 0, "present", "HEAD"},
        {"another thing is there", {{"HEAD", answer(200)}}, 0, "uploaded", "HEAD, POST, PUT all"},
        {"something of no length is there",
         {{"HEAD", {.bytes = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", .close = true}}},
         0,
         "uploaded",
         "HEAD, POST, PUT all"},
        {"a page of the same length",
         {{"HEAD", answer(200, {{"Content-Length", "10"}, {"Content-Type", "text/html"}})}},
         0,
         "uploaded",
         "HEAD, POST, PUT all"},
        {"in chunks", {}, 4, "uploaded", "HEAD, POST, PATCH 0-3, PATCH 4-7, PATCH 8-9, PUT"},
        {"the least chunk is larger",
         {{"POST", answer(202, {{"Location", kUploads + "2"}, {"OCI-Chunk-Min-Length", "6"}})}},
         4,
         "uploaded",
         "HEAD, POST, PATCH 0-5, PATCH 6-9, PUT"},
        {"broken, and something is there",
         {{"PUT", broken, 4}},
         0,
         "uploaded",
         "HEAD, POST, PUT all, HEAD, GET, PATCH 4-9, PUT"},
        {"broken, and nothing is there",
         {{"PUT", broken, 0}},
         0,
         "uploaded",
         "HEAD, POST, PUT all, HEAD, GET, PUT all"},
        {"stored, but the answer was lost",
         {{"PUT", closed, 0, true}},
         0,
         "uploaded",
         "HEAD, POST, PUT all, HEAD"},
        {"a chunk broke",
         {{"PATCH", broken, 2}},
         4,
         "uploaded",
         "HEAD, POST, PATCH 0-3, HEAD, GET, PATCH 2-5, PATCH 6-9, PUT"},
        {"another offset",
         {{"PATCH", answer(416), 3}},
         4,
         "uploaded",
         "HEAD, POST, PATCH 0-3, GET, PATCH 3-6, PATCH 7-9, PUT"},
        {"too much at once",
         {{"PUT", answer(413)}},
         0,
         "uploaded",
         "HEAD, POST, PUT all, DELETE, POST, PATCH 0-9, PUT"},
        {"the upload is forgotten",
         {{"PUT", answer(404)}},
         0,
         "uploaded",
         "HEAD, POST, PUT all, HEAD, POST, PUT all"},
        {"forgotten, as it was stored",
         {{"PUT", answer(404), 0, true}},
         0,
         "uploaded",
         "HEAD, POST, PUT all, HEAD"},
        {"it does not tell how far it came",
         {{"PUT", broken}, {"GET", answer(405)}},
         0,
         "uploaded",
         "HEAD, POST, PUT all, HEAD, GET, DELETE, POST, PUT all"},
        {"a chunk is taken without a word",
         {{"PATCH", answer(204), 4}, {"PATCH", answer(201), 8}},
         4,
         "uploaded",
         "HEAD, POST, PATCH 0-3, PATCH 4-7, PATCH 8-9, PUT"},
        {"always further",
         {{"PATCH", answer(416), 2},
          {"PATCH", answer(416), 4},
          {"PATCH", answer(416), 6},
          {"PATCH", answer(416), 8}},
         2,
         "uploaded",
         "HEAD, POST, PATCH 0-1, GET, PATCH 2-3, GET, PATCH 4-5, GET, PATCH 6-7, GET, "
         "PATCH 8-9, PUT"},
        {"the same bytes again are no progress",
         {{"PUT", answer(500)}, {"PUT", answer(500)}, {"PUT", answer(500)}},
         8,
         "registry",
         "HEAD, POST, PATCH 0-7, PATCH 8-9, PUT, HEAD, GET, PATCH 0-7, PATCH 8-9, PUT, HEAD, GET, "
         "PATCH 0-7, PATCH 8-9, PUT, DELETE"},
        {"locked out on the way",
         {{"PUT", answer(503)}, {"HEAD", answer(403)}},
         0,
         "registry",
         "HEAD, POST, PUT all, HEAD, DELETE"},
        {"busy at the start",
         {{"POST", answer(503)}},
         0,
         "uploaded",
         "HEAD, POST, HEAD, POST, PUT all"},
        {"too many requests",
         {{"POST", answer(429, {{"Retry-After", "0"}})}},
         0,
         "uploaded",
         "HEAD, POST, HEAD, POST, PUT all"},
        {"busy at the end",
         {{"PUT", answer(502), 0}},
         0,
         "uploaded",
         "HEAD, POST, PUT all, HEAD, GET, PUT all"},
        {"a slow commit",
         {{"PUT", {.bytes = answer(201).bytes, .pause = std::chrono::milliseconds(1000)}}},
         0,
         "uploaded",
         "HEAD, POST, PUT all"},
        {"a slow commit of chunks",
         {{"PUT", {.bytes = answer(201).bytes, .pause = std::chrono::milliseconds(1000)}}},
         8,
         "uploaded",
         "HEAD, POST, PATCH 0-7, PATCH 8-9, PUT"},
        {"forbidden", {{"POST", answer(403)}}, 0, "registry", "HEAD, POST"},
        {"not its digest",
         {{"PUT", answer(400, {}, R"({"errors": [{"code": "DIGEST_INVALID"}]})")}},
         0,
         "registry",
         "HEAD, POST, PUT all, DELETE"},
        {"no place given", {{"POST", answer(202)}}, 0, "registry", "HEAD, POST"},
        {"an answer that means nothing", {{"POST", answer(200)}}, 0, "registry", "HEAD, POST"},
        {"more stored than there is",
         {{"PATCH", answer(202, {{"Location", kUploads + "1"}, {"Range", "0-99"}})}},
         4,
         "registry",
         "HEAD, POST, PATCH 0-3, DELETE"},
        {"asked, it says to hold more than there is",
         {{"PUT", answer(500)}, {"GET", answer(204, {{"Range", "0-999999999"}})}},
         0,
         "registry",
         "HEAD, POST, PUT all, HEAD, GET, DELETE"},
        {"asked, it says to hold the end alone",
         {{"PUT", answer(500)}, {"GET", answer(204, {{"Range", "5-9"}})}},
         0,
         "registry",
         "HEAD, POST, PUT all, HEAD, GET, DELETE"},
        {"asked, it leads where no upload goes",
         {{"PUT", answer(500)}, {"GET", answer(204, {{"Location", "ftp://127.0.0.1/1"}})}},
         0,
         "registry",
         "HEAD, POST, PUT all, HEAD, GET, DELETE"},
        {"nothing is ever stored",
         {{"PATCH", answer(202, {{"Location", kUploads + "1"}, {"Range", "0-0"}})},
          {"PATCH", answer(202, {{"Location", kUploads + "1"}, {"Range", "0-0"}})}},
         4,
         "registry",
         "HEAD, POST, PATCH 0-3, PATCH 1-4, DELETE"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        Uploads uploads(c.mishaps);
        const ScriptedServer server([&](const Heard& heard) { return uploads.reply(heard); });
        RegistrySettings settings = quick_settings();
        settings.chunk = c.chunk;
        const Pushed pushed = push(server, settings);
        CAPTURE(pushed.outcome);
        CHECK(pushed.outcome.starts_with(c.outcome));
        CHECK(transcript(pushed.heard) == c.transcript);
        // What the place carries in its query comes back with the digest.
        if (pushed.outcome == "uploaded" && pushed.heard.back().method == "PUT")
            CHECK(pushed.heard.back().target.ends_with("digest=" + sha256(kBlob).text()));
    }
}

TEST_CASE("a blob is mounted from another repository if possible, else uploaded")
{
    struct Case {
        const char* name;
        std::vector<Mishap> mishaps;
        const char* outcome;
        const char* transcript;
    };

    const Case cases[] = {
        {"mounted", {{"POST", answer(201)}}, "mounted", "HEAD, POST mount"},
        {"not found there: an upload begins", {}, "uploaded", "HEAD, POST mount, PUT all"},
        {"busy: asked again",
         {{"POST", answer(503)}},
         "uploaded",
         "HEAD, POST mount, HEAD, POST mount, PUT all"},
        {"not allowed: asked without",
         {{"POST", answer(403)}},
         "uploaded",
         "HEAD, POST mount, POST, PUT all"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        Uploads uploads(c.mishaps);
        const ScriptedServer server([&](const Heard& heard) { return uploads.reply(heard); });
        const Pushed pushed = push(server, quick_settings(), "other/app");
        CHECK(pushed.outcome == c.outcome);
        CHECK(transcript(pushed.heard) == c.transcript);
        CHECK(pushed.heard[1].target ==
              kUploads + "?mount=" + sha256(kBlob).text() + "&from=other%2Fapp");
    }
}

TEST_CASE("an upload stops when the registry refuses it")
{
    const Blob blob = text_blob(std::string(64U << 20, 'x'));
    const ScriptedServer server([](const Heard& heard) {
        if (heard.method == "POST")
            return answer(202, {{"Location", kUploads + "1"}});
        Reply reply = answer(heard.method == "PUT" ? 403 : 404);
        reply.deaf = heard.method == "PUT";
        return reply;
    });
    const auto opened = opened_registry(server);
    const auto sent = Repository(*opened->registry, "team/app")
                          .push_blob(
                              {.digest = blob.digest, .size = blob.size},
                              [&] { return Result<Blob, Error>(blob); }, "", [](std::uint64_t) {});
    REQUIRE_FALSE(sent);
    CAPTURE(sent.error().text);
    CHECK(sent.error().text.find("403 Forbidden") != std::string::npos);
    CHECK(transcript(server.heard()) == "HEAD, POST, PUT, DELETE");
}

}  // namespace registry_push_test
