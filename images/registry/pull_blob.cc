#include <algorithm>
#include <utility>

#include "host/digest.h"
#include "http/fields.h"
#include "registry/repository.h"
#include "registry/scopes.h"

namespace outis::images::registry {

namespace {

// One blob on its way to us, over as many transfers as it takes.
class Pull {
public:
    Pull(const oci::Descriptor& blob, const Receiver& receiver, const Advance& advance)
        : blob_(blob), receiver_(receiver), advance_(advance)
    {
    }

    [[nodiscard]] std::uint64_t received() const { return received_; }

    [[nodiscard]] http::Fields fields() const
    {
        if (received_ == 0)
            return {};
        return {{"Range", "bytes=" + std::to_string(received_) + "-"}};
    }

    // The whole blob, or the rest of it; of other answers the text.
    Result<http::BodySink, Error> choose(const http::Response& head)
    {
        if (head.status != 200 && head.status != 206)
            return http::BodySink{};
        const auto range = http::parse_content_range(head.field("Content-Range"));
        if (head.status == 206 && (!range || range->first != received_))
            return unavailable("the registry sends another part than it was asked for");
        if (head.status == 200 && received_ > 0)
            OUTIS_TRY(restart());
        if (head.length && *head.length != blob_.size - received_)
            return unavailable("it has " + std::to_string(*head.length) + " bytes instead of " +
                               std::to_string(blob_.size - received_));
        return http::BodySink([this](Bytes bytes) { return take(bytes); });
    }

    Result<Done, Error> restart()
    {
        received_ = 0;
        hash_ = host::Sha256();
        advance_(0);
        return receiver_.restart();
    }

    bool is_whole() { return received_ == blob_.size && hash_.finish().text() == blob_.digest; }

private:
    Result<Done, Error> take(Bytes bytes)
    {
        if (bytes.size() > blob_.size - received_)
            return unavailable("it has more than its " + std::to_string(blob_.size) + " bytes");
        hash_.update(bytes);
        received_ += bytes.size();
        advance_(received_);
        return receiver_.write(bytes);
    }

    const oci::Descriptor& blob_;
    const Receiver& receiver_;
    const Advance& advance_;
    host::Sha256 hash_;
    std::uint64_t received_ = 0;
};

}  // namespace

Result<Done, Error> Repository::pull_blob(const oci::Descriptor& blob, const Receiver& receiver,
                                          const Advance& advance) const
{
    const std::string doing = "pulling blob '" + blob.digest + "'";
    const auto wrong = [&](const std::string& why) {
        return unavailable("registry '" + registry_.domain() + "': " + doing + ": " + why);
    };
    Pull pull(blob, receiver, advance);
    Retries retries(registry_.settings().retry);
    // Bytes that trickle are no progress: there would be no end.
    const std::uint64_t least =
        std::max<std::uint64_t>(registry_.settings().patience.pace.bytes, 1);
    std::uint64_t farthest = 0;
    while (true) {
        const std::uint64_t before = pull.received();
        const http::Request request{.url = url("/blobs/" + blob.digest), .fields = pull.fields()};
        const Result<http::Response, http::Trouble> response =
            registry_.once(request, {pull_scope(path_)},
                           [&](const http::Response& head) { return pull.choose(head); });
        if (pull.received() >= farthest + least) {
            farthest = pull.received();
            retries.progress();
        }
        // A body may also end early without a word where it has no length.
        const bool is_short = response && response.value().status / 100 == 2;
        // Where all bytes are there, an end that went wrong is none of ours.
        const bool has_ended = is_short || (is_passing(response) && pull.received() > before);
        if (has_ended && pull.received() == blob.size)
            break;
        // A server that knows no ranges, or has forgotten where we were.
        if (response && response.value().status == 416 && before > 0) {
            OUTIS_TRY(pull.restart());
        } else if (!is_short && !is_passing(response)) {
            return response ? Failure{registry_.refused(response.value(), doing)}
                            : Failure{registry_.refused(http::Trouble{
                                  .error = {.text = doing + ": " + response.error().error.text,
                                            .blame = response.error().error.blame}})};
        }
        const Result<http::Response, http::Trouble> failure =
            is_short ? Result<http::Response, http::Trouble>(
                           http::trouble(http::Cause::broken, "the body ended early"))
                     : response;
        if (const Result<Done, http::Trouble> waited = retries.wait(failure, doing); !waited)
            return Failure{registry_.refused(waited.error())};
    }
    if (!pull.is_whole())
        return wrong("what came does not match its digest");
    return Done{};
}

}  // namespace outis::images::registry
