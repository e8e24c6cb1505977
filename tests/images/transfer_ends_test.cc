// The two ends of a transfer: what a layout tells of its images, what archives and daemons are
// given, and what users are told.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "fixture.h"
#include "oci/manifest.h"
#include "places/each_once.h"
#include "places/source.h"
#include "places/target.h"
#include "scripted_server.h"

namespace transfer_ends_test {

using namespace outis;
using namespace outis::images;
using namespace outis::images::oci;
using namespace outis::images::registry;
using namespace outis::images::places;
using namespace outis::images::testing;

namespace {

// One text for every blob.
class TextSource final : public ImageSource {
public:
    explicit TextSource(std::string text) : blob_(text_blob(std::move(text))) {}

    [[nodiscard]] Descriptor row(const std::string& type) const
    {
        return {.media_type = type, .digest = blob_.digest, .size = blob_.size};
    }

    Result<Manifest, Error> top() override { return Manifest(); }

    Result<Manifest, Error> manifest(const Descriptor&) override { return Manifest(); }

    Result<Blob, Error> blob(const Descriptor&, const Advance&) override { return blob_; }

    Result<std::vector<Descriptor>, Error> referrers(const std::string&) override
    {
        return std::vector<Descriptor>();
    }

private:
    Blob blob_;
};

}  // namespace

TEST_CASE("a layout's referrers are found beside unreadable and foreign rows")
{
    const Blob image = text_blob(R"({"schemaVersion": 2, "config": {}, "layers": []})");
    const auto about = [](const Blob& subject) {
        return text_blob(R"({"schemaVersion": 2, "config": {"mediaType": "x", "digest": ")" +
                         subject.digest + R"(", "size": 1}, "layers": [], "subject": )" +
                         R"({"mediaType": "x", "size": 1, "digest": ")" + subject.digest +
                         R"("}})");
    };
    const Blob bill = about(image);
    const Blob other = about(text_blob("another"));
    const Blob broken = text_blob("{");
    const Blob absent = text_blob("nowhere");
    Contents contents{.blobs = {image, bill, other, broken}, .top = image};
    for (const Blob& blob : {absent, broken, other, bill})
        contents.referrers.push_back({.manifest = blob});
    const auto source = contents_source(std::move(contents));
    for (const auto& [subject, want] : {std::pair(image, bill.digest),
                                        {text_blob("another"), other.digest},
                                        {text_blob("nobody's"), std::string()}}) {
        CAPTURE(subject.digest);
        const auto found = source->referrers(subject.digest);
        REQUIRE(found);
        CHECK(found.value().size() == (want.empty() ? 0 : 1));
        if (!found.value().empty())
            CHECK(found.value().front().digest == want);
    }
}

TEST_CASE("a note that is repeated is shown once")
{
    std::vector<std::string> told;
    const Notice note = each_once([&](const std::string& text) { told.push_back(text); });
    for (const char* text : {"a", "b", "a", "b", "c"})
        note(text);
    CHECK(told == std::vector<std::string>{"a", "b", "c"});
    each_once({})("nobody listens");
}

TEST_CASE("a bake to two names of a registry shows its warning once")
{
    const WorkFolder work_folder;
    const ScriptedServer server([](const Heard& heard) {
        const std::string name = heard.target.substr(heard.target.rfind('/') + 1);
        const http::Fields fields{{"Warning", "299 - \"old\""},
                                  {"Location", "/v2/x/blobs/uploads/1"},
                                  {"Docker-Content-Digest", name}};
        const bool is_blob = heard.target.find("/blobs/") != std::string::npos;
        return answer(heard.method == "PUT"    ? 201
                      : heard.method == "POST" ? 202
                      : is_blob                ? 404
                                               : 200,
                      fields);
    });
    const std::string name = "docker://" + server.domain() + "/x:";
    const auto made = bake_quietly({.apps = {work_folder.program("app")},
                                    .outputs = {name + "1", name + "2"},
                                    .sbom = "none",
                                    .provenance = "none"});
    REQUIRE_MESSAGE(made, made.error().text);
    CHECK(std::ranges::count_if(made.value().notes, [](const std::string& note) {
              return note.find("old") != std::string::npos;
          }) == 1);
}

TEST_CASE("a docker archive takes images for Linux alone")
{
    struct Case {
        const char* name;
        const char* config;
        std::size_t images;
    };

    const Case cases[] = {
        {"Linux", R"({"os": "linux", "architecture": "amd64"})", 1},
        {"Windows", R"({"os": "windows", "architecture": "amd64"})", 0},
        {"no system", R"({"architecture": "amd64"})", 0},
        {"no architecture", R"({"os": "linux"})", 0},
        {"no object", "[]", 0},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        TextSource source(c.config);
        std::size_t images = 0;
        const auto count = [&](const Contents& contents) -> Result<Done, Error> {
            images = contents.images.size();
            return Done{};
        };
        const auto target = local_target({}, {}, count);
        const Descriptor row = source.row(kConfigType);
        REQUIRE(target->put_blob(row, source, [](std::uint64_t) {}));
        REQUIRE(target->finish({.descriptor = {.media_type = kManifestType, .digest = "top"},
                                .text = "{}",
                                .blobs = {row, source.row("layer")}}));
        CHECK(images == c.images);
    }
}

}  // namespace transfer_ends_test
