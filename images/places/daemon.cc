#include "places/daemon.h"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>

#include "http/fields.h"
#include "oci/field.h"
#include "oci/json.h"
#include "places/daemon_place.h"

namespace outis::images::places {

namespace json = boost::json;

namespace {

// 1.25 is of Docker 1.13; what we ask for has not changed between the two.
struct Version {
    unsigned major = 0;
    unsigned minor = 0;

    auto operator<=>(const Version&) const = default;
};

constexpr Version kOldest{.major = 1, .minor = 25};
constexpr Version kNewest{.major = 1, .minor = 52};

constexpr std::size_t kMaxInspected = 4U << 20;

// A daemon unpacks what it was sent, or packs what it sends, before it says a word.
constexpr http::Patience kWhileItPacks{.silence = std::chrono::minutes(10),
                                       .answer = std::chrono::minutes(30)};

// A step of a build takes as long as it takes, and need not print: as good as without end.
constexpr http::Patience kWhileItBuilds{.silence = std::chrono::years(1),
                                        .answer = std::chrono::years(1)};

std::optional<Version> parse_version(std::string_view text)
{
    Version version;
    const char* const end = text.data() + text.size();
    const auto [dot, first] = std::from_chars(text.data(), end, version.major);
    if (first != std::errc() || dot == end || *dot != '.')
        return std::nullopt;
    const auto [last, second] = std::from_chars(dot + 1, end, version.minor);
    if (second != std::errc() || last != end)
        return std::nullopt;
    return version;
}

std::string text_of(const Version& version)
{
    return std::to_string(version.major) + "." + std::to_string(version.minor);
}

}  // namespace

Daemon::Daemon(http::Url at)
    : at_(std::move(at)), client_(std::make_unique<http::Client>(std::string(), http::Patience{}))
{
}

Result<Daemon, Error> Daemon::open()
{
    Daemon daemon(OUTIS_TRY(find_daemon()));
    OUTIS_TRY(daemon.negotiate());
    return daemon;
}

Result<Done, Error> Daemon::negotiate()
{
    http::Request request{.url = at_};
    request.url.target = "/_ping";
    const http::Response answer = OUTIS_TRY(ask(request));
    if (answer.status != 200)
        return refused("asking whether it is there", answer);
    const std::string said = answer.field("Api-Version");
    const std::optional<Version> theirs = parse_version(said);
    if (!theirs)
        return unavailable("what answers at '" + name() + "' does not speak Docker's Engine API");
    if (*theirs < kOldest)
        return unavailable("the daemon at '" + name() + "' speaks version " + text_of(*theirs) +
                           " of the Engine API, which is older than " + text_of(kOldest) +
                           "; update it");
    version_ = text_of(std::min(*theirs, kNewest));
    return Done{};
}

http::Url Daemon::url(const std::string& path) const
{
    http::Url url = at_;
    url.target = "/v" + version_ + path;
    return url;
}

Result<http::Response, Error> Daemon::ask(const http::Request& request,
                                          const http::ChooseSink& choose)
{
    Result<http::Response, http::Trouble> response = client_->exchange(request, choose);
    if (response)
        return response.take();
    const http::Trouble& trouble = response.error();
    Failure<Error> failure{trouble.error};
    if (trouble.cause == http::Cause::unopened)
        failure.error.text += "; is the daemon running?";
    return failure;
}

Failure<Error> Daemon::refused(const std::string& doing, const http::Response& response) const
{
    const std::string words = daemon_words(response.text);
    return unavailable("the daemon at '" + name() + "': " + doing + ": " +
                       (words.empty() ? "status " + std::to_string(response.status) : words));
}

Result<std::string, Error> Daemon::platform()
{
    const http::Response response = OUTIS_TRY(ask({.url = url("/version")}));
    if (response.status != 200)
        return refused("asking what it runs on", response);
    const json::value answer = OUTIS_TRY(oci::parse_json(response.text, "the daemon's version"));
    return oci::text_field(answer, "Os") + "/" + oci::text_field(answer, "Arch");
}

// Docker names an image by the digest of its configuration; where containerd keeps images, by that
// of its manifest or index.
Result<Match, Error> Daemon::match(const std::string& name, const Image& image)
{
    const http::Response response =
        OUTIS_TRY(ask({.url = url("/images/" + name + "/json"), .text_limit = kMaxInspected}));
    if (response.status == 404)
        return Match::none;
    if (response.status != 200)
        return refused("asking for '" + name + "'", response);
    const json::value answer = OUTIS_TRY(oci::parse_json(response.text, "the daemon's image"));
    std::string id = oci::text_field(answer, "Id");
    // Podman's native answers leave it out.
    if (!id.starts_with("sha256:"))
        id.insert(0, "sha256:");
    if (id == image.config.digest || id == image.manifest.digest)
        return Match::same;
    const json::value* root = oci::field(answer, "RootFS");
    const std::vector<std::string> theirs =
        root == nullptr ? std::vector<std::string>() : oci::texts_field(*root, "Layers");
    return std::ranges::equal(theirs, image.layers, {}, {}, &Layer::diff_id) ? Match::same_layers
                                                                             : Match::none;
}

Result<Done, Error> Daemon::tag(const std::string& id, const oci::Reference& reference)
{
    http::Request request{.method = http::Method::post, .url = url("/images/" + id + "/tag")};
    request.url =
        request.url
            .with_query("repo", http::percent_encoded(reference.domain + "/" + reference.path))
            .with_query("tag", http::percent_encoded(reference.tag));
    const http::Response response = OUTIS_TRY(ask(request));
    if (response.status != 201 && response.status != 200)
        return refused("naming '" + reference.familiar() + "'", response);
    return Done{};
}

Result<Done, Error> Daemon::hand_tar(http::Request request, const std::string& doing,
                                     DaemonAnswer answer)
{
    request.method = http::Method::post;
    request.fields = {{.name = "Content-Type", .value = "application/x-tar"}};
    const http::ChooseSink choose =
        [&](const http::Response& head) -> Result<http::BodySink, Error> {
        if (head.status != 200)
            return http::BodySink{};
        return http::BodySink([&](Bytes bytes) { return answer.take(bytes); });
    };
    const http::Response response = OUTIS_TRY(ask(request, choose));
    if (response.status != 200)
        return refused(doing, response);
    const std::string error = answer.finish();
    if (!error.empty())
        return unavailable("the daemon at '" + name() + "': " + doing + ": " + error);
    return Done{};
}

Result<Done, Error> Daemon::load(const http::Payload& archive)
{
    http::Request request{.url = url("/images/load").with_query("quiet", "1")};
    request.body = archive;
    request.patience = kWhileItPacks;
    return hand_tar(std::move(request), "loading the image", DaemonAnswer());
}

Result<Done, Error> Daemon::build(const http::Payload& context, const oci::Reference& reference,
                                  const DaemonAnswer::Tell& tell)
{
    // Containers of the steps are removed, of those that fail, too.
    http::Request request{.url = url("/build")
                                     .with_query("t", http::percent_encoded(reference.familiar()))
                                     .with_query("forcerm", "1")};
    request.body = context;
    request.patience = kWhileItBuilds;
    return hand_tar(std::move(request), "building '" + reference.familiar() + "'",
                    DaemonAnswer(tell));
}

Result<Done, Error> Daemon::save(const std::string& name, const layers::Sink& sink)
{
    const http::ChooseSink choose =
        [&](const http::Response& head) -> Result<http::BodySink, Error> {
        return head.status == 200 ? http::BodySink(sink) : http::BodySink{};
    };
    const http::Request request{.url = url("/images/" + name + "/get"), .patience = kWhileItPacks};
    const http::Response response = OUTIS_TRY(ask(request, choose));
    if (response.status == 404)
        return unavailable("the daemon at '" + this->name() + "' has no image '" + name + "'");
    if (response.status != 200)
        return refused("saving '" + name + "'", response);
    return Done{};
}

}  // namespace outis::images::places
