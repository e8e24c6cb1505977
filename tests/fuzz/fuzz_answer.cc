// Answers of a server, as bytes on a socket: the connection takes them apart or says in one line
// why not, never hangs, and hands on no byte more or less than they frame. The first byte chooses
// the request by its lowest two bits:
//
//     0  GET, whose body becomes text         2  HEAD
//     1  GET, whose body a sink takes         3  PUT: the answer arrives in pieces as it is sent
//
// With the bit above them the rest is no answer but the body of one, which is sent in chunks.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include <sys/socket.h>
#include <sys/un.h>

#include "host/input.h"
#include "http/connection.h"
#include "http/fields.h"
#include "outis/base/fd.h"
#include "readers.h"

namespace {

using namespace outis;
using namespace outis::images;
using namespace outis::images::host;
using namespace outis::images::oci;
using namespace outis::images::http;

constexpr std::size_t kTextLimit = 1024;
constexpr std::size_t kPieces = 4;

// A socket to connect to. Nobody need accept for that: all of this is one thread.
class Listener {
public:
    Listener()
    {
        std::string folder = std::filesystem::temp_directory_path() / "outis-fuzz-XXXXXX";
        must(::mkdtemp(folder.data()) != nullptr);
        folder_ = folder;
        const std::string path = url().socket;
        sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
        must(path.size() < sizeof address.sun_path);
        std::ranges::copy(path, address.sun_path);
        socket_ = Fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        must(::bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
        must(::listen(socket_.get(), 1) == 0);
    }

    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

    ~Listener() { std::filesystem::remove_all(folder_); }

    [[nodiscard]] Url url() const
    {
        return {.scheme = "http", .host = "d", .target = "/v2/x?y=z", .socket = folder_ / "socket"};
    }

    [[nodiscard]] Fd accept() const
    {
        return Fd(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    }

private:
    std::filesystem::path folder_;
    Fd socket_;
};

// The answer on its way, of which nothing is withheld for ever.
class Answer {
public:
    Answer(const Fd& socket, std::string_view bytes) : socket_(socket.get()), rest_(bytes) {}

    void send(std::size_t count)
    {
        count = std::min(count, rest_.size());
        // A client that has gone needs no more.
        static_cast<void>(::send(socket_, rest_.data(), count, MSG_NOSIGNAL));
        rest_.remove_prefix(count);
        if (rest_.empty())
            ::shutdown(socket_, SHUT_WR);
    }

    void send_all() { send(rest_.size()); }

private:
    int socket_;
    std::string_view rest_;
};

// A byte at a time, and before each a piece of the answer.
Payload pieces(Answer& answer, std::size_t piece)
{
    return {.size = kPieces,
            .read = [&answer, piece](std::uint64_t offset, std::span<std::byte> buffer) {
                if (offset + 1 == kPieces)
                    answer.send_all();
                else
                    answer.send(piece);
                buffer.front() = std::byte{'x'};
                return Result<std::size_t, Error>(1);
            }};
}

void read_fields(const Url& base, const Response& response)
{
    must(response.status >= 200 && response.status <= 999);
    for (const Field& field : response.fields)
        must(!field.name.empty() && is_clean(field.name) && is_clean(field.value));
    for (const Challenge& challenge : parse_challenges(response.field("WWW-Authenticate")))
        must(!challenge.scheme.empty());
    const auto wait =
        parse_retry_after(response.field("Retry-After"), std::chrono::system_clock::from_time_t(0));
    must(!wait || wait->count() >= 0);
    for (const auto& range : {parse_content_range(response.field("Content-Range")),
                              parse_upload_range(response.field("Range"))})
        must(!range || range->first <= range->last);
    for (const auto& target :
         {parse_next_link(response.field("Link")), std::optional(response.field("Location"))}) {
        if (const auto url = resolve_url(base, target.value_or("")))
            must(url.value().scheme.starts_with("http") && url.value().socket.empty());
    }
    if (const auto warning = parse_warning(response.field("Warning")))
        must(is_clean(printable_line(*warning, kTextLimit)));
}

struct Heard {
    Result<Response, Trouble> response;
    std::string body;
};

bool has_no_body(const Response& response, unsigned char choice)
{
    return choice % 4 == 2 || response.status == 204 || response.status == 304;
}

Heard exchange(const Listener& listener, unsigned char choice, std::string_view bytes)
{
    auto connection = Connection::open(listener.url(), nullptr, {});
    must(!!connection);
    const Fd accepted = listener.accept();
    Answer answer(accepted, bytes);

    Request request{.url = listener.url(), .text_limit = kTextLimit};
    if (choice % 4 == 3) {
        request.method = Method::put;
        request.body = pieces(answer, choice / 8U);
    } else {
        request.method = choice % 4 == 2 ? Method::head : Method::get;
        answer.send_all();
    }
    std::string body;
    auto response =
        connection.value()->exchange(request, [&](const Response& head) -> Result<BodySink, Error> {
            answer.send_all();
            read_fields(request.url, head);
            if (choice % 4 != 1)
                return BodySink{};
            return BodySink([&](Bytes piece) {
                body += as_text(piece);
                return Result<Done, Error>(Done{});
            });
        });
    if (response)
        body += response.value().text;
    return {.response = std::move(response), .body = std::move(body)};
}

void take_anything(const Listener& listener, unsigned char choice, std::string_view bytes)
{
    const Heard heard = exchange(listener, choice, bytes);
    if (!heard.response) {
        const Trouble& trouble = heard.response.error();
        must(!trouble.error.text.empty() && is_clean(trouble.error.text));
        must(trouble.cause != Cause::silent);
        return;
    }
    const Response& response = heard.response.value();
    must(response.text.size() <= kTextLimit);
    if (has_no_body(response, choice))
        must(heard.body.empty());
    else
        must(!response.length || heard.body.size() == *response.length);
}

// RFC 9112, 7.1, each chunk as long as its first byte says.
std::string in_chunks(std::string_view body)
{
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    while (!body.empty()) {
        const std::size_t size =
            std::clamp<std::size_t>(static_cast<unsigned char>(body.front()), 1, body.size());
        for (const std::size_t digit : {size / 16, size % 16})
            text += kDigits[digit];
        text += "\r\n" + std::string(body.substr(0, size)) + "\r\n";
        body.remove_prefix(size);
    }
    return text + "0\r\n\r\n";
}

void take_chunks(const Listener& listener, unsigned char choice, std::string_view body)
{
    body = body.substr(0, kTextLimit);
    const Heard heard = exchange(listener, choice, in_chunks(body));
    must(!!heard.response);
    must(heard.body == (has_no_body(heard.response.value(), choice) ? "" : body));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    static const Listener listener;
    if (size == 0)
        return 0;
    const std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
    if ((data[0] & 4) == 0)
        take_anything(listener, data[0], rest);
    else
        take_chunks(listener, data[0], rest);
    return 0;
}
