// Daemons: where they are, what they say that no real one can be made to, and what is sent to them.
// Real ones are asked by tests/whole/daemon.sh.
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "fixture.h"
#include "host/digest.h"
#include "host/input.h"
#include "oci/manifest.h"
#include "places/answer.h"
#include "places/archive.h"
#include "places/archive_payload.h"
#include "places/daemon_place.h"
#include "places/put_in_daemon.h"
#include "scripted_server.h"

namespace daemon_test {

using namespace outis;
using namespace outis::images;
using namespace outis::images::host;
using namespace outis::images::oci;
using namespace outis::images::http;
using namespace outis::images::places;
using namespace outis::images::testing;

namespace {

const std::string kId = "sha256:" + std::string(64, 'a');

// The server as $DOCKER_HOST, as long as this lives.
class Named {
public:
    explicit Named(const ScriptedServer& server)
    {
        ::setenv("DOCKER_HOST", ("tcp://" + server.domain()).c_str(), 1);
    }

    Named(const Named&) = delete;
    Named& operator=(const Named&) = delete;

    ~Named() { ::unsetenv("DOCKER_HOST"); }
};

Reply pong(const std::string& version = "1.41")
{
    return answer(200, {{"Api-Version", version}}, "OK");
}

std::string inspected(const std::string& id)
{
    return R"({"Id": ")" + id + R"(", "RepoTags": ["hello:1"]})";
}

Contents small_contents()
{
    Image image{.config = text_blob(R"({"architecture":"amd64"})")};
    image.layers.push_back({.blob = text_blob("a layer"), .media_type = "layer"});
    image.manifest = text_blob("{}");
    Contents contents{.maker = Maker::others, .images = {image}, .top = image.manifest};
    contents.top_type = kManifestType;
    contents.blobs = {image.config, image.manifest, image.layers.front().blob};
    contents.references = {Reference{.path = "library/hello"}};
    return contents;
}

// What put_in_daemon() comes to: "loaded", "present", "named", or its error.
std::string outcome_of_load(const Contents& contents)
{
    Result<Daemon, Error> daemon = Daemon::open();
    if (!daemon)
        return daemon.error().text;
    Daemon opened = daemon.take();
    const auto loaded = put_in_daemon(opened, contents, Reference{.path = "library/hello"});
    if (!loaded)
        return loaded.error().text;
    constexpr const char* kNames[] = {"loaded", "present", "named"};
    return kNames[static_cast<std::size_t>(loaded.value())];
}

std::string all_of(const Payload& payload, std::size_t at_once)
{
    std::string text;
    std::vector<std::byte> buffer(at_once);
    while (text.size() < payload.size) {
        const auto count = payload.read(text.size(), buffer);
        if (!count)
            return "error: " + count.error().text;
        REQUIRE(count.value() > 0);
        text += as_text(Bytes(buffer).first(count.value()));
    }
    return text;
}

}  // namespace

TEST_CASE("a daemon's address is accepted, or refused with a remedy")
{
    struct Case {
        const char* name;
        const char* text;
        const char* origin;   // empty: refused
        const char* message;  // part of it
    };

    const Case cases[] = {
        {"socket", "unix:///run/x.sock", "unix:///run/x.sock", ""},
        {"loopback", "tcp://127.0.0.1:2375", "http://127.0.0.1:2375", ""},
        {"localhost", "tcp://localhost:2375", "http://localhost:2375", ""},
        {"loopback of version 6", "tcp://[::1]:2375", "http://[::1]:2375", ""},
        {"a relative socket", "unix://x.sock", "", "absolute path"},
        {"another host", "tcp://10.0.0.1:2375", "", "ssh -L"},
        {"a name that only begins so", "tcp://localhost.example:2375", "", "ssh -L"},
        {"a user", "tcp://me:secret@127.0.0.1:2375", "", "unix://PATH"},
        {"ssh", "ssh://me@host", "", "ssh -L"},
        {"a descriptor", "fd://", "", "unix://PATH"},
        {"a path alone", "/run/x.sock", "", "unix://PATH"},
        {"control characters", "tcp://127.0.0.1:1\r\nX: y", "", "unix://PATH"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const Result<Url, Error> url = parse_daemon_host(c.text, "DOCKER_HOST");
        CHECK((url ? url.value().origin() : "") == c.origin);
        if (!url) {
            CHECK(url.error().text.find(c.message) != std::string::npos);
            CHECK(url.error().blame == Blame::input);
        }
    }
}

TEST_CASE("a daemon's answer to a load is read for its error")
{
    struct Case {
        const char* name;
        std::vector<std::string> pieces;
        const char* error;
    };

    const Case cases[] = {
        {"good", {"{\"stream\": \"Loaded image: x\\n\"}\n"}, ""},
        {"nothing", {}, ""},
        {"progress, then good", {"{\"status\": \"Loading\"}\r\n{\"stream\": \"x\"}\r\n"}, ""},
        {"an error", {"{\"errorDetail\": {}, \"error\": \"no space left\"}\n"}, "no space left"},
        {"without a line's end", {"{\"error\": \"no space left\"}"}, "no space left"},
        {"in pieces", {"{\"err", "or\": \"no space", " left\"}\n{}\n"}, "no space left"},
        {"the first counts", {"{\"error\": \"one.\"}\n{\"error\": \"two\"}\n"}, "one"},
        {"a terminal's words", {"{\"error\": \"a\\u001b[31m\\nb\"}\n"}, "a [31m b"},
        {"no JSON", {"whatever\n"}, ""},
        {"too long", {std::string(kMaxAnswerLine + 1, ' ')}, "1 MiB"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        DaemonAnswer answer;
        std::string error;
        for (const std::string& piece : c.pieces) {
            const auto taken = answer.take(as_bytes(piece));
            if (!taken)
                error = taken.error().text;
        }
        if (error.empty())
            error = answer.finish();
        if (std::string(c.error).empty())
            CHECK(error.empty());
        else
            CHECK(error.find(c.error) != std::string::npos);
    }
}

TEST_CASE("a load reports whether the daemon had, took or refused the image")
{
    struct Case {
        const char* name;
        Reply ping;
        Reply by_name;
        Reply by_id;
        Reply load;
        Reply then_by_name;
        const char* outcome;  // part of it
        std::size_t loads;
    };

    const Contents contents = small_contents();
    const std::string config = contents.images.front().config.digest;
    const Reply none = answer(404, {}, R"({"message": "no such image"})");
    const Reply other = answer(200, {}, inspected(kId));
    const Reply ours = answer(200, {}, inspected(config));
    const Reply own = answer(200, {},
                             R"({"Id": ")" + std::string(kId) + R"(", "RootFS": {"Layers": [")" +
                                 contents.images.front().layers.front().diff_id + "\"]}}");
    const Reply by_manifest = answer(200, {}, inspected(contents.top.digest));
    const Reply good = answer(200, {}, "{\"stream\": \"Loaded image\"}\n");
    const Case cases[] = {
        {"it has none", pong(), none, none, good, ours, "loaded", 1},
        {"it has another of the name", pong(), other, none, good, ours, "loaded", 1},
        {"it has it", pong(), ours, none, good, ours, "present", 0},
        {"it has it by its manifest", pong(), by_manifest, none, good, ours, "present", 0},
        {"it has it under another name", pong(), other, ours, good, ours, "named", 0},
        {"an error under status 200", pong(), none, none,
         answer(200, {}, "{\"error\": \"no space left\"}\n"), ours, "no space left", 1},
        {"an error", pong(), none, none, answer(500, {}, R"({"message": "broken tar"})"), ours,
         "loading the image: broken tar", 1},
        {"an error of Podman's", pong(), none, none,
         answer(500, {}, R"({"cause": "payload does not match"})"), ours, "payload does not", 1},
        {"an error without words", pong(), none, none, answer(500), ours, "status 500", 1},
        {"an answer before the end", pong(), none, none,
         Reply{.bytes = answer(500, {}, R"({"message": "enough"})").bytes, .close = true}, ours,
         "enough", 1},
        {"it is lost", pong(), none, none, Reply{}, none, "was lost", 1},
        {"its store gives it a digest of its own", pong(), none, none, good, own, "loaded", 1},
        {"the same again", pong(), own, none, good, own, "loaded", 1},
        {"the other is there afterwards", pong(), other, none, good, other,
         "has no 'hello:latest' of it", 1},
        {"it is not there afterwards", pong(), none, none, good, none, "has no 'hello:latest'", 1},
        {"an image that cannot be asked for", pong(), answer(500), none, good, none, "status 500",
         0},
        {"no JSON", pong(), answer(200, {}, "{"), none, good, none, "JSON", 0},
        {"a newer version", pong("1.99"), none, none, good, ours, "loaded", 1},
        {"the oldest", pong("1.25"), none, none, good, ours, "loaded", 1},
        {"too old", pong("1.24"), none, none, good, ours, "older than 1.25", 0},
        {"no version", answer(200, {}, "OK"), none, none, good, ours, "does not speak", 0},
        {"a web server", answer(404, {}, "<html>"), none, none, good, ours, "<html>", 0},
        {"a malformed version", pong("one"), none, none, good, ours, "does not speak", 0},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        std::size_t loads = 0;
        const ScriptedServer server([&](const Heard& heard) {
            if (heard.target == "/_ping")
                return c.ping;
            if (heard.target.find("/images/load") != std::string::npos) {
                ++loads;
                return c.load;
            }
            if (heard.target.find("/tag?") != std::string::npos)
                return answer(201);
            if (heard.target.find(config) != std::string::npos)
                return c.by_id;
            return loads == 0 ? c.by_name : c.then_by_name;
        });
        const Named named(server);
        const std::string outcome = outcome_of_load(contents);
        CHECK_MESSAGE(outcome.find(c.outcome) != std::string::npos, outcome);
        CHECK(loads == c.loads);
    }
}

TEST_CASE("a load sends these requests and no others")
{
    const ScriptedServer server([](const Heard& heard) {
        if (heard.target == "/_ping")
            return pong("1.30");
        if (heard.target.find("/load") != std::string::npos)
            return answer(200);
        static int asked = 0;
        return ++asked > 2 ? answer(200, {}, inspected(small_contents().top.digest)) : answer(404);
    });
    const Named named(server);
    const Contents contents = small_contents();
    REQUIRE(outcome_of_load(contents) == "loaded");
    const std::string config = contents.images.front().config.digest;
    const std::vector<Heard> heard = server.heard();
    REQUIRE(heard.size() == 5);
    CHECK(heard[0].target == "/_ping");
    CHECK(heard[1].target == "/v1.30/images/docker.io/library/hello:latest/json");
    CHECK(heard[2].target == "/v1.30/images/" + config + "/json");
    CHECK(heard[3].target == "/v1.30/images/load?quiet=1");
    CHECK(heard[3].method == "POST");
    CHECK(heard[3].field("content-type") == "application/x-tar");
    std::string archive;
    REQUIRE(
        write_archive(contents, ArchiveForm::universal, [&](Bytes bytes) -> Result<Done, Error> {
            archive += as_text(bytes);
            return Done{};
        }));
    CHECK(heard[3].body == archive);
}

TEST_CASE("of several platforms a daemon gets its own")
{
    struct Case {
        const char* name;
        const char* platform;
        const char* outcome;
    };

    const Case cases[] = {
        {"this one", R"({"Os": "linux", "Arch": "arm64"})", "present"},
        {"none of them", R"({"Os": "linux", "Arch": "s390x"})", "'linux/s390x'"},
        {"Windows", R"({"Os": "windows", "Arch": "amd64"})", "'windows/amd64'"},
        {"unknown", "{}", "'/'"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        Contents contents = small_contents();
        contents.images.push_back(contents.images.front());
        contents.images.back().arch = policy::Arch::aarch64;
        contents.images.back().config = text_blob("arm64");
        const ScriptedServer server([&](const Heard& heard) {
            if (heard.target == "/_ping")
                return pong();
            if (heard.target == "/v1.41/version")
                return answer(200, {}, c.platform);
            return answer(200, {}, inspected(contents.images.back().config.digest));
        });
        const Named named(server);
        const std::string outcome = outcome_of_load(contents);
        CHECK_MESSAGE(outcome.find(c.outcome) != std::string::npos, outcome);
    }
}

TEST_CASE("an archive is sent in pieces of any size, and a changed blob ends it")
{
    const WorkFolder shop;
    write_text(shop / "blob", "before" + std::string(1000, 'x') + "after");
    Blob blob = text_blob(std::string(1000, 'x'));
    blob.content = shop / "blob";
    blob.offset = 6;
    const std::vector<Blob> parts{Blob{.size = 3, .content = std::string("abc")}, Blob{}, blob,
                                  Blob{}, Blob{.size = 3, .content = std::string("def")}};
    const std::string whole = "abc" + std::string(1000, 'x') + "def";
    for (const std::size_t at_once : {1U, 7U, 1000U, 5000U}) {
        CAPTURE(at_once);
        const Payload payload = archive_payload(parts);
        CHECK(payload.size == whole.size());
        CHECK(all_of(payload, at_once) == whole);
        CHECK(all_of(payload, at_once) == whole);
    }
    write_text(shop / "blob", "before" + std::string(999, 'x') + "yafter");
    CHECK(all_of(archive_payload(parts), 100).find("no longer has") != std::string::npos);
    write_text(shop / "blob", "before");
    CHECK(all_of(archive_payload(parts), 100).find("no longer has") != std::string::npos);
}

TEST_CASE("Docker's context names the daemon by what is kept under the digest of its name")
{
    struct Case {
        const char* name;
        const char* config;
        const char* meta;    // of "colima"; empty: none
        const char* socket;  // or a part of the message; empty: no context
    };

    constexpr const char* kColima = R"({"currentContext": "colima"})";
    const Case cases[] = {
        {"no file", "", "", ""},
        {"no word", "{}", "", ""},
        {"the default one", R"({"currentContext": "default"})", "", ""},
        {"a socket", kColima, R"({"Endpoints": {"docker": {"Host": "unix:///c/docker.sock"}}})",
         "/c/docker.sock"},
        {"no metadata", kColima, "", "meta.json"},
        {"SSH", kColima, R"({"Endpoints": {"docker": {"Host": "ssh://host"}}})", "SSH"},
        {"no endpoint", kColima, R"({"Endpoints": {}})", "must be unix://"},
        {"no JSON", kColima, "{", "meta.json"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const WorkFolder work_folder;
        const std::filesystem::path folder = work_folder / "docker";
        const std::filesystem::path meta = folder / "contexts/meta" / sha256("colima").hex;
        std::filesystem::create_directories(meta);
        if (*c.config != '\0')
            write_text(folder / "config.json", c.config);
        if (*c.meta != '\0')
            write_text(meta / "meta.json", c.meta);
        const auto found = daemon_of_context(folder);
        const std::string said = !found          ? found.error().text
                                 : found.value() ? found.value()->socket
                                                 : "";
        CAPTURE(said);
        CHECK((*c.socket == '\0' ? said.empty() : said.find(c.socket) != std::string::npos));
    }
}

}  // namespace daemon_test
