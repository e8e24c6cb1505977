#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "host/input.h"
#include "host/interrupt.h"
#include "http/fields.h"
#include "registry/repository.h"
#include "registry/scopes.h"

namespace outis::images::registry {

namespace {

constexpr int kTooLarge = 413;
constexpr std::uint64_t kSmallPiece = 16U << 20;  // where a whole blob was too much for a proxy
constexpr std::array<std::string_view, 3> kStoredPlaces{"/manifests/", "/tags/", "/blobs/sha256:"};

// The bytes of a blob from wherever they are.
Result<http::Payload, Error> payload_of(const Blob& blob)
{
    if (const auto* text = std::get_if<std::string>(&blob.content))
        return http::text_payload(*text);
    const std::filesystem::path path = std::get<std::filesystem::path>(blob.content);
    auto file = std::make_shared<host::InputFile>(OUTIS_TRY(host::open_input(path)));
    return http::Payload{.size = blob.size,
                         .read = [file, path, start = blob.offset](std::uint64_t offset,
                                                                   std::span<std::byte> buffer) {
                             return host::read_at(*file, start + offset, buffer, path);
                         }};
}

// The same bytes; `advance` hears how far they have been read.
http::Payload watched(const http::Payload& payload, std::uint64_t start, const Advance& advance)
{
    return {.size = payload.size,
            .read = [read = payload.read, start, &advance](std::uint64_t offset,
                                                           std::span<std::byte> buffer) {
                Result<std::size_t, Error> count = read(offset, buffer);
                if (count)
                    advance(start + offset + count.value());
                return count;
            }};
}

// At the registry itself an upload's place is none that names what is stored already: with our
// login a PUT or DELETE there would change it.
bool is_upload_place(const http::Url& place)
{
    const std::string path = http::percent_decoded(place.target.substr(0, place.target.find('?')));
    return std::ranges::none_of(
        kStoredPlaces, [&](std::string_view part) { return path.find(part) != std::string::npos; });
}

// To PATCH and to the question how far it came.
bool is_taken(int status)
{
    return status == 201 || status == 202 || status == 204;
}

// One blob on its way to the registry. Each step is one request; what it leaves behind says which
// is the next:
//
//   no place     POST gives one, or says that the blob was mounted
//   a place      PUT of all that is left, if it may go at once; else PATCH of a piece
//   all stored   PUT of nothing, with the digest
//   uncertain    GET of the place says how much of the blob it holds
class Push {
public:
    Push(Registry& registry, const http::Url& uploads, const std::string& scope,
         const oci::Descriptor& blob, const OpenBlob& open, const Advance& advance)
        : registry_(registry),
          uploads_(uploads),
          scopes_{scope},
          digest_(blob.digest),
          size_(blob.size),
          open_(open),
          advance_(advance),
          piece_(registry.settings().chunk)
    {
    }

    void mount_from(const std::string& repository)
    {
        mount_from_ = repository;
        scopes_.push_back(pull_scope(repository));
    }

    [[nodiscard]] const std::optional<Sent>& sent() const { return sent_; }

    // Whether more is stored than ever before.
    bool has_progressed() { return std::exchange(progressed_, false); }

    // The status that the last step wants.
    [[nodiscard]] int expected() const { return expected_; }

    // Whether the last step was the one that ends an upload.
    [[nodiscard]] bool was_closing() const { return closing_; }

    // The answer that decided; one that is passing or has cost us the place calls for another step.
    Result<http::Response, http::Trouble> step()
    {
        went_well_ = false;
        closing_ = false;
        expected_ = uncertain_ ? 204 : 202;
        if (!place_)
            return start();
        if (uncertain_)
            return ask();
        if (!payload_.read)
            payload_ = OUTIS_TRY(http::or_trouble(opened()));
        if (stored_ == 0 && piece_ == 0)
            return finish(payload_);
        if (stored_ < size_)
            return append();
        return finish(http::Payload{});
    }

    // Nobody shall keep half a blob. What becomes of it is the registry's affair.
    void abandon()
    {
        if (!place_)
            return;
        const host::LastWords last_words(kFarewell);
        static_cast<void>(once({.method = http::Method::remove, .url = *place_}));
    }

    // Whether the last step did what it was for.
    [[nodiscard]] bool went_well() const { return went_well_; }

    // An answer that another step mends without a wait: the place is gone or does not tell what it
    // holds, another offset is expected, or the whole is too much at once.
    bool mends(const http::Response& response)
    {
        const bool refused = response.status / 100 == 4 || response.status == 501;
        const bool is_gone =
            uncertain_ ? refused && !is_passing(response.status) : response.status == 404;
        if (is_gone && place_ && lost_places_++ < kMaxLost) {
            if (response.status != 404)
                abandon();
            forget_place();
            return true;
        }
        if (response.status == 416 && place_ && !uncertain_ && lost_places_++ < kMaxLost) {
            uncertain_ = true;
            return true;
        }
        if (response.status == kTooLarge && piece_ == 0) {
            piece_ = kSmallPiece;
            abandon();
            forget_place();
            return true;
        }
        return false;
    }

    void passing_failure() { uncertain_ = place_.has_value(); }

private:
    static constexpr int kMaxLost = 3;  // places, without progress
    static constexpr std::chrono::milliseconds kFarewell{2'000};

    Result<http::Payload, Error> opened() { return payload_of(OUTIS_TRY(open_())); }

    void forget_place()
    {
        place_.reset();
        stored_ = 0;
        uncertain_ = false;
        advance_(0);
    }

    Result<Done, http::Trouble> move_to(const http::Url& from, const http::Response& response)
    {
        http::Url place = OUTIS_TRY(registry_.follow(from, response));
        if (!registry_.is_home(place))
            login_ = Login::never;
        else if (!is_upload_place(place))
            return http::trouble(http::Cause::final, "it leads an upload to '" + place.shown() +
                                                         "', which is no place for one");
        place_ = std::move(place);
        return Done{};
    }

    Result<http::Response, http::Trouble> once(http::Request request)
    {
        return registry_.once(std::move(request), scopes_, {}, login_);
    }

    Result<http::Response, http::Trouble> start()
    {
        login_ = Login::at_home;
        http::Url url = uploads_;
        if (!mount_from_.empty())
            url = url.with_query("mount", digest_)
                      .with_query("from", http::percent_encoded(mount_from_));
        Result<http::Response, http::Trouble> response =
            once({.method = http::Method::post, .url = url});
        if (is_passing(response))
            return response;
        const bool mounting = !std::exchange(mount_from_, {}).empty();
        // A repository we may not read is none to mount from; the login may say so already.
        if (mounting && (!response || response.value().status / 100 == 4)) {
            scopes_.resize(1);
            return start();
        }
        if (!response)
            return response;
        const int status = response.value().status;
        if (mounting && status == 201)
            sent_ = Sent::mounted;
        if (status == 202) {
            OUTIS_TRY(move_to(url, response.value()));
            note_least_piece(response.value());
            went_well_ = true;
        }
        return response;
    }

    // OCI-Chunk-Min-Length
    void note_least_piece(const http::Response& response)
    {
        const std::string text = response.field("OCI-Chunk-Min-Length");
        std::uint64_t least = 0;
        const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), least);
        if (piece_ != 0 && error == std::errc() && stop == text.data() + text.size())
            piece_ = std::max(piece_, least);
    }

    Result<http::Response, http::Trouble> finish(const http::Payload& rest)
    {
        closing_ = true;
        expected_ = 201;
        Result<http::Response, http::Trouble> response =
            once({.method = http::Method::put,
                  .url = place_->with_query("digest", digest_),
                  .fields = {{"Content-Type", "application/octet-stream"}},
                  .body = watched(rest, 0, advance_)});
        if (response && (response.value().status == 201 || response.value().status == 204))
            sent_ = Sent::uploaded;
        return response;
    }

    Result<http::Response, http::Trouble> append()
    {
        const std::uint64_t left = size_ - stored_;
        const std::uint64_t size = piece_ == 0 ? left : std::min(piece_, left);
        const std::string range =
            std::to_string(stored_) + "-" + std::to_string(stored_ + size - 1);
        const http::Url place = *place_;
        Result<http::Response, http::Trouble> response = once(
            {.method = http::Method::patch,
             .url = place,
             .fields = {{"Content-Type", "application/octet-stream"}, {"Content-Range", range}},
             .body = watched(http::part_of(payload_, stored_, size), stored_, advance_)});
        if (!response || !is_taken(response.value().status))
            return response;
        if (response.value().status == 202 || !response.value().field("Location").empty())
            OUTIS_TRY(move_to(place, response.value()));
        const std::uint64_t before = stored_;
        response = note_stored(response.take(), stored_ + size);
        went_well_ = response && stored_ > before;
        return response;
    }

    Result<http::Response, http::Trouble> ask()
    {
        const http::Url place = *place_;
        Result<http::Response, http::Trouble> response = once({.url = place});
        if (!response || !is_taken(response.value().status))
            return response;
        uncertain_ = false;
        if (!response.value().field("Location").empty())
            OUTIS_TRY(move_to(place, response.value()));
        response = note_stored(response.take(), 0);
        went_well_ = static_cast<bool>(response);
        return response;
    }

    // As the registry says, else `otherwise`.
    Result<http::Response, http::Trouble> note_stored(http::Response response,
                                                      std::uint64_t otherwise)
    {
        const auto range = http::parse_upload_range(response.field("Range"));
        // Registries write an empty upload as "0-0".
        const bool is_empty = range && range->last == 0 && otherwise == 0;
        if (range && !is_empty && (range->first != 0 || range->last >= size_))
            return http::trouble(http::Cause::final,
                                 "it says to hold another part of the blob than it was sent");
        stored_ = !range ? otherwise : is_empty ? 0 : range->last + 1;
        advance_(stored_);
        if (stored_ > farthest_) {
            farthest_ = stored_;
            progressed_ = true;
            lost_places_ = 0;
        }
        return response;
    }

    Registry& registry_;
    http::Url uploads_;
    Scopes scopes_;  // of the push, and where it mounts of that
    std::string digest_;
    std::uint64_t size_;
    const OpenBlob& open_;
    http::Payload payload_ = {};  // once it was wanted
    const Advance& advance_;
    std::uint64_t piece_;  // bytes of a PATCH; 0: all that is left
    std::string mount_from_ = {};
    std::optional<http::Url> place_ = {};
    std::uint64_t stored_ = 0;
    std::uint64_t farthest_ = 0;  // of stored_, at any place
    bool progressed_ = false;
    bool uncertain_ = false;
    bool went_well_ = false;
    bool closing_ = false;
    int expected_ = 0;
    Login login_ = Login::at_home;  // never, once the place was elsewhere
    int lost_places_ = 0;
    std::optional<Sent> sent_ = {};
};

}  // namespace

Result<Sent, Error> Repository::push_blob(const oci::Descriptor& blob, const OpenBlob& open,
                                          const std::string& mount_from,
                                          const Advance& advance) const
{
    if (OUTIS_TRY(has_blob(blob)))
        return Sent::present;
    const std::string doing = "pushing blob '" + blob.digest + "'";
    Push push(registry_, url("/blobs/uploads/"), push_scope(path_), blob, open, advance);
    if (!mount_from.empty())
        push.mount_from(mount_from);
    Retries retries(registry_.settings().retry);
    const auto given_up = [&](Error error, int status = 0) -> Failure<Error> {
        push.abandon();
        if (status == kTooLarge)
            error.text += "; --chunk SIZE uploads in smaller pieces";
        return Failure{std::move(error)};
    };
    const auto stored_already = [&]() -> Result<bool, Error> {
        Result<bool, Error> there = has_blob(blob);
        if (!there)
            push.abandon();
        return there;
    };
    while (!push.sent()) {
        const Result<http::Response, http::Trouble> response = push.step();
        if (push.has_progressed())
            retries.progress();
        if (push.sent() || push.went_well())
            continue;
        // The answer to the last PUT may be what was lost: to its twin the place is gone.
        const bool is_gone = response && response.value().status == 404 && push.was_closing();
        if (is_gone && OUTIS_TRY(stored_already()))
            return Sent::uploaded;
        if (response && push.mends(response.value()))
            continue;
        if (!is_passing(response))
            return response ? given_up(registry_.refused(response.value(), doing, push.expected()),
                                       response.value().status)
                            : given_up(registry_.refused(response.error()));
        if (const Result<Done, http::Trouble> waited = retries.wait(response, doing); !waited)
            return given_up(registry_.refused(waited.error()));
        if (OUTIS_TRY(stored_already()))
            return Sent::uploaded;
        push.passing_failure();
    }
    return *push.sent();
}

}  // namespace outis::images::registry
