#include "http/dial.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "host/input.h"
#include "host/interrupt.h"
#include "http/fields.h"
#include "http/lookup.h"
#include "http/networks.h"
#include "http/operation.h"

namespace outis::images::http {

namespace {

constexpr std::size_t kMaxReason = 100;  // of a proxy's

// Whether the socket is ready for one of `events` before `end`.
Result<bool, Trouble> is_ready(const Fd& socket, short events, Clock::time_point end)
{
    while (true) {
        OUTIS_TRY(or_trouble(host::check_interrupts()));
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now());
        if (left.count() <= 0)
            return false;
        pollfd waiting{.fd = socket.get(), .events = events, .revents = 0};
        if (::poll(&waiting, 1, static_cast<int>(std::min(left, kTick).count())) > 0)
            return true;
    }
}

// 0, or the errno that says why not.
Result<int, Trouble> connect_to(const Fd& socket, const sockaddr* place, socklen_t size,
                                Clock::time_point end)
{
    while (::connect(socket.get(), place, size) != 0) {
        // A unix socket whose queue is full.
        if (errno == EAGAIN && Clock::now() < end) {
            ::poll(nullptr, 0, static_cast<int>(kTick.count()));
            OUTIS_TRY(or_trouble(host::check_interrupts()));
            continue;
        }
        if (errno != EINPROGRESS && errno != EINTR)
            return errno == EAGAIN ? ETIMEDOUT : errno;
        if (!OUTIS_TRY(is_ready(socket, POLLOUT, end)))
            return ETIMEDOUT;
        int error = 0;
        socklen_t length = sizeof error;
        ::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &length);
        return error;
    }
    return 0;
}

Result<Fd, Trouble> connected(const sockaddr* place, socklen_t size, Clock::time_point end,
                              int& error)
{
    Fd socket(::socket(place->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    error = socket.open() ? OUTIS_TRY(connect_to(socket, place, size, end)) : errno;
    return socket;
}

Failure<Trouble> unopened(const std::string& origin, int error, const Patience& patience)
{
    return trouble(Cause::unopened,
                   "connecting to '" + origin + "': " +
                       (error == ETIMEDOUT ? "no answer within " + seconds_text(patience.connect)
                                           : host::reason(error)));
}

Result<Dialed, Trouble> dial_local(const Url& url, const Patience& patience)
{
    sockaddr_un place{};
    place.sun_family = AF_UNIX;
    if (url.socket.size() >= sizeof place.sun_path)
        return trouble(Cause::final, "the path of '" + url.origin() + "' is too long for a socket");
    std::memcpy(place.sun_path, url.socket.data(), url.socket.size());
    int error = 0;
    Fd socket = OUTIS_TRY(connected(reinterpret_cast<const sockaddr*>(&place), sizeof place,
                                    Clock::now() + patience.connect, error));
    if (error != 0)
        return unopened(url.origin(), error, patience);
    return Dialed{.socket = std::move(socket), .is_inside = true};
}

bool is_private(const Place& place)
{
    const auto address = address_of(place.address());
    return !address || is_private_address(*address);
}

Failure<Trouble> leads_inside(const Url& url, const std::string& address)
{
    return trouble(Cause::final, "'" + url.named_by + "' leads to '" + url.origin() + "' at " +
                                     address +
                                     ", an address of a private network, which is refused");
}

// What may be connected to; never none.
Result<std::vector<Place>, Trouble> allowed_places(const Url& url)
{
    std::vector<Place> places = OUTIS_TRY(find_addresses(url.host, url.port));
    if (url.named_by.empty())
        return places;
    const auto first = address_of(places.front().address());
    std::erase_if(places, is_private);
    if (places.empty())
        return leads_inside(url, first ? address_text(*first) : "no address");
    return places;
}

Result<Fd, Trouble> connected_to_any(const std::vector<Place>& places, const std::string& origin,
                                     const Patience& patience, bool& is_inside)
{
    const Clock::time_point end = Clock::now() + patience.connect;
    int error = 0;
    for (std::size_t i = 0; i < places.size(); ++i) {
        // One that never answers shall leave time for those behind it.
        const auto share = (end - Clock::now()) / (places.size() - i);
        Fd socket =
            OUTIS_TRY(connected(&places[i].address(), places[i].size,
                                Clock::now() + std::max<Clock::duration>(share, kTick), error));
        if (error != 0)
            continue;
        const int on = 1;
        ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        is_inside = is_private(places[i]);
        return socket;
    }
    return unopened(origin, error, patience);
}

std::string shown(const Proxy& proxy)
{
    return "the proxy '" + proxy.url.origin() + "' (" + proxy.named + ")";
}

// What it answers to a CONNECT: start line and fields.
Result<std::string, Trouble> answer_of(const Fd& socket, const Proxy& proxy,
                                       const Patience& patience)
{
    const Clock::time_point end = Clock::now() + patience.silence;
    std::string answer;
    std::array<char, 4096> buffer{};
    while (answer.find("\r\n\r\n") == std::string::npos) {
        if (answer.size() > kMaxHeader)
            return trouble(Cause::final, shown(proxy) + " sent fields of more than 64 KiB");
        if (!OUTIS_TRY(is_ready(socket, POLLIN, end)))
            return trouble(Cause::unopened,
                           shown(proxy) + " was silent for " + seconds_text(patience.silence));
        const ssize_t count = ::recv(socket.get(), buffer.data(), buffer.size(), 0);
        if (count < 0 && (errno == EAGAIN || errno == EINTR))
            continue;
        if (count <= 0)
            return trouble(Cause::unopened, shown(proxy) + " closed the connection");
        answer.append(buffer.data(), static_cast<std::size_t>(count));
    }
    return answer;
}

// Source: RFC 9110, 9.3.6.
Result<Done, Trouble> open_tunnel(const Fd& socket, const Url& url, const Proxy& proxy,
                                  const Patience& patience)
{
    const bool is_v6 = url.host.find(':') != std::string::npos;
    const std::string place = (is_v6 ? "[" + url.host + "]" : url.host) + ":" + url.port;
    std::string question = "CONNECT " + place + " HTTP/1.1\r\nHost: " + place +
                           "\r\nUser-Agent: outis/" OUTIS_VERSION "\r\n";
    if (!proxy.login.empty())
        question += "Proxy-Authorization: " + proxy.login + "\r\n";
    question += "\r\n";
    // It fits into the buffer of a socket that has sent nothing yet.
    if (::send(socket.get(), question.data(), question.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(question.size()))
        return trouble(Cause::unopened, shown(proxy) + " takes no request");
    const std::string answer = OUTIS_TRY(answer_of(socket, proxy, patience));
    constexpr std::string_view kStart = "HTTP/1.";
    const std::size_t blank = kStart.size() + 1;
    const bool is_http =
        answer.starts_with(kStart) && answer.size() > blank + 4 && answer[blank] == ' ';
    if (!is_http)
        return trouble(Cause::final, shown(proxy) + " does not speak HTTP");
    const std::string status = answer.substr(blank + 1, 3);
    if (status == "407")
        return trouble(Cause::final,
                       shown(proxy) + (proxy.login.empty() ? " wants a login; name it as "
                                                             "http://USER:PASSWORD@HOST:PORT"
                                                           : " refuses the login that it names"));
    if (!status.starts_with('2'))
        return trouble(status.starts_with('5') ? Cause::unopened : Cause::final,
                       shown(proxy) + " does not lead to '" + place + "': " +
                           printable_line(answer.substr(blank + 1, answer.find('\r') - blank - 1),
                                          kMaxReason));
    if (!answer.ends_with("\r\n\r\n") || answer.find("\r\n\r\n") + 4 != answer.size())
        return trouble(Cause::final, shown(proxy) + " speaks before it was asked");
    return Done{};
}

Result<Dialed, Trouble> dial_proxy(const Url& url, const Patience& patience, const Proxy& proxy)
{
    const std::optional<Address> address = parse_address(url.host);
    const bool is_inside = address && is_private_address(*address);
    if (is_inside && !url.named_by.empty())
        return leads_inside(url, address_text(*address));
    const std::vector<Place> places = OUTIS_TRY(find_addresses(proxy.url.host, proxy.url.port));
    Dialed dialed{.is_inside = is_inside};
    bool unused = false;
    Result<Fd, Trouble> socket = connected_to_any(places, proxy.url.origin(), patience, unused);
    if (!socket) {
        Trouble failed = socket.take_failure().error;
        failed.error.text += ", the proxy of " + proxy.named;
        return Failure{std::move(failed)};
    }
    dialed.socket = socket.take();
    if (url.scheme == "https")
        OUTIS_TRY(open_tunnel(dialed.socket, url, proxy, patience));
    return dialed;
}

}  // namespace

Result<Dialed, Trouble> dial(const Url& url, const Patience& patience, const Proxy* proxy)
{
    if (!url.socket.empty())
        return dial_local(url, patience);
    if (proxy != nullptr)
        return dial_proxy(url, patience, *proxy);
    const std::vector<Place> places = OUTIS_TRY(allowed_places(url));
    Dialed dialed;
    dialed.socket = OUTIS_TRY(connected_to_any(places, url.origin(), patience, dialed.is_inside));
    return dialed;
}

}  // namespace outis::images::http
