// What is said over HTTP, as plain values. Source: RFC 9110 and 9112.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "http/proxy.h"
#include "http/url.h"
#include "outis/base/bytes.h"
#include "outis/error.h"

namespace outis::images::http {

constexpr std::uint32_t kMaxHeader = 64U << 10;  // bytes of an answer's start line and fields
constexpr std::size_t kMaxErrorText = 64U << 10;

struct Field {
    std::string name = {};
    std::string value = {};
};

using Fields = std::vector<Field>;

// The first of that name, whatever its case; empty if there is none.
std::string find_field(const Fields& fields, std::string_view name);

// What is sent after the fields: `size` bytes, read from any place, so that it can be sent again.
struct Payload {
    using Read = std::function<Result<std::size_t, Error>(std::uint64_t offset,
                                                          std::span<std::byte> buffer)>;

    std::uint64_t size = 0;
    Read read = {};
};

Payload text_payload(std::string text);
// `size` bytes of `whole`, from `offset` on.
Payload part_of(const Payload& whole, std::uint64_t offset, std::uint64_t size);

// The least rate of a body: fewer bytes in that much time of waiting for it, and it is given up.
// No bytes: any rate will do.
struct Pace {
    std::uint64_t bytes = 0;
    std::chrono::milliseconds window{60'000};
};

// 1 KiB/s over a minute: a modem is faster.
constexpr Pace kLeastPace{.bytes = 60U << 10};

// How long we wait for what.
struct Patience {
    std::chrono::milliseconds connect{15'000};  // TCP and TLS, each; the resolver knows its own
    std::chrono::milliseconds silence{60'000};  // while bytes are expected to flow
    std::chrono::milliseconds answer{600'000};  // to a body or a PUT: it is stored first
    Pace pace = {};
};

enum class Method { get, head, post, put, patch, remove };

std::string_view method_name(Method method);

struct Request {
    Method method = Method::get;
    Url url = {};
    Fields fields = {};  // but Host, Content-Length, User-Agent
    Payload body = {};   // of post, put, patch
    std::size_t text_limit = kMaxErrorText;
    std::optional<Patience> patience = {};  // instead of the client's, once it is connected
};

struct Response {
    int status = 0;
    Fields fields = {};
    std::optional<std::uint64_t> length = {};  // Content-Length
    std::string text = {};                     // the body, if nobody else took it
    bool is_inside = false;                    // it came from a private network, or this machine

    [[nodiscard]] std::string field(std::string_view name) const
    {
        return find_field(fields, name);
    }

    // Every value of the fields of that name, whatever its case.
    [[nodiscard]] std::vector<std::string> all(std::string_view name) const;
};

// Takes a body as it arrives.
using BodySink = std::function<Result<Done, Error>(Bytes)>;
// Asked when status and fields are there: who takes the body? Nobody means Response::text, of at
// most Request::text_limit bytes. A failure ends the exchange.
using ChooseSink = std::function<Result<BodySink, Error>(const Response& head)>;

// Why there is no answer.
enum class Cause {
    broken,    // the connection was lost: another try may work
    silent,    // so may it after a long silence
    slow,      // so may it after bytes that trickled, which were no progress
    unopened,  // it could not even be opened
    final,     // nothing will change by another try
};

struct Trouble {
    Error error = {};
    Cause cause = Cause::final;
};

inline Failure<Trouble> trouble(Cause cause, std::string text)
{
    return Failure{
        Trouble{.error = {.text = std::move(text), .blame = Blame::environment}, .cause = cause}};
}

// What the other side said that cannot be; no other try mends it.
template <typename T>
Result<T, Trouble> or_blame_them(Result<T, Error> result)
{
    if (!result)
        return trouble(Cause::final, result.take_failure().error.text);
    return result.take();
}

// An Error as it comes from elsewhere, which no other try mends.
template <typename T>
Result<T, Trouble> or_trouble(Result<T, Error> result)
{
    if (!result)
        return Failure{Trouble{.error = result.take_failure().error, .cause = Cause::final}};
    return result.take();
}

// "60 s"
std::string seconds_text(std::chrono::milliseconds time);

// Whether it fits into a field: without control characters but tabs.
bool is_clean(std::string_view text);

// Start line and fields, as the server or a proxy before it wants them. A control character in any
// of them is an error.
Result<std::string, Error> header_text(const Request& request,
                                       const std::optional<Proxy>& proxy = {});

}  // namespace outis::images::http
