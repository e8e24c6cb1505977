// What belongs to an image, in which order it moves, and what is too much.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "fixture.h"
#include "host/interrupt.h"
#include "oci/manifest.h"
#include "outis/images/transfer.h"
#include "places/copy_plan.h"
#include "places/parallel.h"

namespace transfer_test {

using namespace outis;
using namespace outis::images;
using namespace outis::images::host;
using namespace outis::images::oci;
using namespace outis::images::registry;
using namespace outis::images::places;
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
        Manifest manifest{.descriptor = descriptor, .subject = subjects_[descriptor.digest]};
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
        for (const Descriptor& row : rows)
            subjects_.emplace(row.digest, name);
        return rows;
    }

private:
    static Descriptor row(const std::string& name)
    {
        return {.media_type = kManifestType, .digest = name};
    }

    Children children_;
    Children referrers_;
    std::map<std::string, std::string> subjects_;  // of referrers
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

TEST_CASE("a copy sends what is listed before what lists it, and the tag last")
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
    const auto plan = plan_copy(source, "", About::referrers);
    REQUIRE(plan);
    CHECK(names_of(plan.value().manifests) == "c b a inner");
    CHECK(plan.value().top.descriptor.digest == "top");
    CHECK(names_of(plan.value().referrers) == "bill provenance signature");
    std::vector<std::string> blobs;
    for (const Descriptor& blob : plan.value().blobs)
        blobs.push_back(blob.digest);
    CHECK(std::ranges::count(blobs, "shared-blob") == 1);
    CHECK(std::ranges::count(blobs, "signature-blob") == 1);
    CHECK(blobs.size() == 9);

    const auto bare = plan_copy(source, "", About::nothing);
    REQUIRE(bare);
    CHECK(bare.value().referrers.empty());
}

TEST_CASE("a copy refuses an index that is nested or large without limit")
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
        const auto plan = plan_copy(source, "", c.wanted ? About::referrers : About::nothing);
        REQUIRE_FALSE(plan);
        CHECK(plan.error().text.find(c.message) != std::string::npos);
    }
}

namespace {

// Manifests as they are listed, "top" first.
class ListedSource final : public ImageSource {
public:
    explicit ListedSource(std::map<std::string, Manifest> all) : all_(std::move(all)) {}

    Result<Manifest, Error> top() override { return manifest({.digest = "top"}); }

    Result<Manifest, Error> manifest(const Descriptor& descriptor) override
    {
        Manifest manifest = all_[descriptor.digest];
        manifest.descriptor = descriptor;
        return manifest;
    }

    Result<Blob, Error> blob(const Descriptor&, const Advance&) override { return text_blob(""); }

    Result<std::vector<Descriptor>, Error> referrers(const std::string& name) override
    {
        return name == "top" ? all_["referrers"].manifests : std::vector<Descriptor>();
    }

private:
    std::map<std::string, Manifest> all_;
};

Descriptor listed(const std::string& digest, std::uint64_t size,
                  const std::string& type = kManifestType)
{
    return {.media_type = type, .digest = digest, .size = size};
}

}  // namespace

TEST_CASE("a blob that is listed twice is copied once, if both rows agree")
{
    const std::string foreign = "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip";
    std::vector<Descriptor> large;
    for (int i = 0; i < 17; ++i)
        large.push_back(listed(std::to_string(i), kMaxManifest));

    struct Case {
        const char* name;
        std::map<std::string, Manifest> all;
        std::size_t blobs;
        std::size_t notes;
        const char* message;  // empty: good
    };

    const Case cases[] = {
        {"foreign to one, another's own",
         {{"top", {.manifests = {listed("a", 1), listed("b", 1)}}},
          {"a", {.blobs = {listed("layer", 50, foreign)}}},
          {"b", {.blobs = {listed("layer", 50)}}}},
         1,
         0,
         ""},
        {"foreign to both",
         {{"top", {.manifests = {listed("a", 1), listed("b", 1)}}},
          {"a", {.blobs = {listed("layer", 50, foreign)}}},
          {"b", {.blobs = {listed("layer", 50, foreign)}}}},
         0,
         1,
         ""},
        {"two sizes of a layer",
         {{"top", {.manifests = {listed("a", 1), listed("b", 1)}}},
          {"a", {.blobs = {listed("layer", 50)}}},
          {"b", {.blobs = {listed("layer", 5)}}}},
         0,
         0,
         "'layer' is listed with 50 and with 5 bytes"},
        {"two sizes of a manifest",
         {{"top", {.manifests = {listed("a", 1), listed("a", 2)}}}},
         0,
         0,
         "'a' is listed with 1 and with 2 bytes"},
        {"two types of a manifest",
         {{"top", {.manifests = {listed("a", 1), listed("a", 1, kIndexType)}}}},
         0,
         0,
         "'a' is listed under two types"},
        {"a layer as large as may be", {{"top", {.blobs = {listed("layer", kMaxBlob)}}}}, 1, 0, ""},
        {"a layer beyond all measure",
         {{"top", {.blobs = {listed("layer", std::uint64_t{1} << 50)}}}},
         0,
         0,
         "1125899906842624 bytes by its manifest, more than the 1099511627776"},
        {"large manifests", {{"top", {.manifests = large}}}, 0, 0, "larger than 64 MiB"},
        {"another's referrer",
         {{"referrers", {.manifests = {listed("bill", 1)}}}, {"bill", {.subject = "other"}}},
         0,
         0,
         "'bill' is listed as referring to 'top', but does not"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        ListedSource source(c.all);
        const auto plan = plan_copy(source, "", About::referrers);
        if (*c.message != '\0') {
            REQUIRE_FALSE(plan);
            CHECK(plan.error().text.find(c.message) != std::string::npos);
            continue;
        }
        REQUIRE_MESSAGE(plan, plan.error().text);
        CHECK(plan.value().blobs.size() == c.blobs);
        CHECK(plan.value().notes.size() == c.notes);
    }
}

TEST_CASE("the message about a missing platform shows control characters as escapes")
{
    NamedSource source(nothing, nothing);
    const auto plan = plan_copy(source, "linux/arm64", About::nothing);
    REQUIRE_FALSE(plan);
    CHECK(plan.error().text.find("there are 'linux/\\033[2J'") != std::string::npos);
}

TEST_CASE("a copy of referrers to a tar or a daemon is refused before anything is read")
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

TEST_CASE("parallel work does each piece once, and starts none after a failure")
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

TEST_CASE("a failure stops the work that runs beside it")
{
    std::atomic<bool> begun = false;
    std::atomic<bool> stopped = false;
    const auto failed = run_parallel(2, 2, [&](std::size_t at) -> Result<Done, Error> {
        if (at == 0) {
            begun.wait(false);
            return unavailable("full");
        }
        begun = true;
        begun.notify_all();
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
        while (!stopped && std::chrono::steady_clock::now() < end)
            stopped = !check_interrupts();
        const LastWords last_words(std::chrono::seconds(60));
        CHECK(check_interrupts());
        return unavailable("interrupted");
    });
    REQUIRE_FALSE(failed);
    CHECK(failed.error().text == "full");
    CHECK(stopped);
    CHECK(check_interrupts());
    const LastWords none(std::chrono::seconds(0));
    CHECK_FALSE(check_interrupts());
}

}  // namespace transfer_test
