// What belongs to an image, in which order it moves, and what is too much.
#include <algorithm>
#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "fixture.h"
#include "oci/manifest.h"
#include "outis/images/transfer.h"
#include "transfer/parallel.h"
#include "transfer/walk.h"

using namespace outis;
using namespace outis::images;
using namespace outis::images::testing;

namespace {

// Manifests by names instead of digests: whoever asks for "a" is answered by the function.
class NamedSource final : public ImageSource {
public:
    using Children = std::function<std::vector<std::string>(const std::string& name)>;

    NamedSource(Children children, Children referrers)
        : children_(std::move(children)), referrers_(std::move(referrers))
    {
    }

    Result<Manifest, Error> top() override { return manifest(row("top")); }

    Result<Manifest, Error> manifest(const Descriptor& descriptor) override
    {
        Manifest manifest{.descriptor = descriptor};
        for (const std::string& name : children_(descriptor.digest))
            manifest.manifests.push_back(row(name));
        manifest.blobs = {row(descriptor.digest + "-blob"), row("shared-blob")};
        return manifest;
    }

    Result<Blob, Error> blob(const Descriptor&, const Advance&) override
    {
        return text_blob(R"({"os": "linux", "architecture": "\u001b[2J"})");
    }

    Result<std::vector<Descriptor>, Error> referrers(const std::string& name) override
    {
        std::vector<Descriptor> rows;
        for (const std::string& referrer : referrers_(name))
            rows.push_back(row(referrer));
        return rows;
    }

private:
    static Descriptor row(const std::string& name)
    {
        return {.media_type = kManifestType, .digest = name};
    }

    Children children_;
    Children referrers_;
};

std::vector<std::string> nothing(const std::string&)
{
    return {};
}

std::string names_of(const std::vector<Manifest>& manifests)
{
    std::string names;
    for (const Manifest& manifest : manifests)
        names += (names.empty() ? "" : " ") + manifest.descriptor.digest;
    return names;
}

}  // namespace

TEST_CASE("an image is walked from its leaves to its name")
{
    const auto children = [](const std::string& name) -> std::vector<std::string> {
        if (name == "top")
            return {"c", "inner", "a", "c"};
        if (name == "inner")
            return {"b", "a"};
        return {};
    };
    const auto referrers = [](const std::string& name) -> std::vector<std::string> {
        if (name == "a")
            return {"bill"};
        if (name == "bill")
            return {"signature"};
        if (name == "top")
            return {"bill", "provenance"};
        return {};
    };
    NamedSource source(children, referrers);
    const auto walked = walk(source, "", true);
    REQUIRE(walked);
    CHECK(names_of(walked.value().manifests) == "c b a inner");
    CHECK(walked.value().top.descriptor.digest == "top");
    CHECK(names_of(walked.value().referrers) == "bill provenance signature");
    std::vector<std::string> blobs;
    for (const Descriptor& blob : walked.value().blobs)
        blobs.push_back(blob.digest);
    CHECK(std::ranges::count(blobs, "shared-blob") == 1);
    CHECK(std::ranges::count(blobs, "signature-blob") == 1);
    CHECK(blobs.size() == 9);

    const auto bare = walk(source, "", false);
    REQUIRE(bare);
    CHECK(bare.value().referrers.empty());
}

TEST_CASE("images without end are refused")
{
    const auto another = [](const std::string& name) -> std::vector<std::string> {
        return {name + "x"};
    };
    const auto many = [](const std::string& name) {
        std::vector<std::string> names;
        for (int i = 0; name == "top" && i < 2000; ++i)
            names.push_back(std::to_string(i));
        return names;
    };

    struct Case {
        const char* name;
        NamedSource::Children children;
        NamedSource::Children referrers;
        bool wanted;
        const char* message;
    };

    const Case cases[] = {
        {"indexes in indexes", another, nothing, false, "nested deeper than 4"},
        {"a wide index", many, nothing, false, "more than 1000 manifests"},
        {"referrers of referrers", nothing, another, true, "more than 1000 manifests"},
        {"many referrers", nothing, many, true, "more than 1000 manifests"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        NamedSource source(c.children, c.referrers);
        const auto walked = walk(source, "", c.wanted);
        REQUIRE_FALSE(walked);
        CHECK(walked.error().text.find(c.message) != std::string::npos);
    }
}

TEST_CASE("a platform that is not there is told without moving the cursor")
{
    NamedSource source(nothing, nothing);
    const auto walked = walk(source, "linux/arm64", false);
    REQUIRE_FALSE(walked);
    CHECK(walked.error().text.find("there are 'linux/\\033[2J'") != std::string::npos);
}

TEST_CASE("neither tars nor daemons hold referrers, which is said before anything is read")
{
    for (const char* place :
         {"x.tar", "oci-archive:x.tar", "docker-archive:x.tar", "-", "docker-daemon:x:1"}) {
        CAPTURE(place);
        const auto done = transfer({.from = "absent.tar", .to = place, .referrers = true}, {});
        REQUIRE_FALSE(done);
        CHECK(done.error().blame == Blame::input);
        CHECK(done.error().text.find("holds no referrers") != std::string::npos);
    }
}

TEST_CASE("work is done in parallel, each piece once, and no more after a failure")
{
    for (const std::size_t jobs : {std::size_t{1}, std::size_t{4}, std::size_t{64}}) {
        CAPTURE(jobs);
        std::vector<std::atomic<int>> times(40);
        CHECK(run_parallel(times.size(), jobs, [&](std::size_t at) -> Result<Done, Error> {
            ++times[at];
            return Done{};
        }));
        CHECK(std::ranges::all_of(times, [](const auto& count) { return count == 1; }));

        std::atomic<std::size_t> begun = 0;
        const auto failed = run_parallel(1'000'000, jobs, [&](std::size_t) -> Result<Done, Error> {
            ++begun;
            return unavailable("full");
        });
        REQUIRE_FALSE(failed);
        CHECK(failed.error().text == "full");
        CHECK(begun <= jobs);
    }
}
