// Answers of a server, as bytes on a socket: the connection takes them apart or says in one line
// why not, never hangs, and hands on no byte more or less than they frame. The first byte chooses
// the request; its lowest two bits:
//
//     0  GET, whose body becomes text         2  HEAD
//     1  GET, whose body a sink takes         3  PUT: the answer arrives in pieces as it is sent
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

#include "http/connection.h"
#include "http/fields.h"
#include "outis/base/fd.h"
#include "readers.h"

namespace {

using namespace outis;
using namespace outis::images;

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
        must(is_clean(printable(*warning, kTextLimit)));
}

void exchange(const Listener& listener, unsigned char choice, std::string_view bytes)
{
    auto connection = Connection::open(listener.url(), nullptr, {});
    must(!!connection);
    const Fd accepted = listener.accept();
    Answer answer(accepted, bytes);

    Request request{.url = listener.url(), .text_limit = kTextLimit};
    std::size_t taken = 0;
    switch (choice % 4) {
    case 2: request.method = Method::head; break;
    case 3:
        request.method = Method::put;
        request.body = pieces(answer, choice / 4U);
        break;
    default: break;
    }
    if (request.method != Method::put)
        answer.send_all();
    const auto response =
        connection.value()->exchange(request, [&](const Response& head) -> Result<BodySink, Error> {
            answer.send_all();
            read_fields(request.url, head);
            if (choice % 4 != 1)
                return BodySink{};
            return BodySink([&](Bytes piece) {
                taken += piece.size();
                return Result<Done, Error>(Done{});
            });
        });
    if (!response) {
        must(!response.error().error.text.empty() && is_clean(response.error().error.text));
        must(response.error().cause != Cause::silent);
        return;
    }
    taken += response.value().text.size();
    const int status = response.value().status;
    const bool bare = request.method == Method::head || status == 204 || status == 304;
    must(response.value().text.size() <= kTextLimit);
    must(!bare || taken == 0);
    must(bare || !response.value().length || taken == *response.value().length);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    static const Listener listener;
    if (size == 0)
        return 0;
    exchange(listener, data[0], {reinterpret_cast<const char*>(data) + 1, size - 1});
    return 0;
}
