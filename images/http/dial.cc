#include "http/dial.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "host/input.h"
#include "host/interrupt.h"
#include "http/lookup.h"
#include "http/networks.h"
#include "http/operation.h"

namespace outis::images::http {

namespace {

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

// What may be connected to; never none.
Result<std::vector<Place>, Trouble> allowed_places(const Url& url)
{
    std::vector<Place> places = OUTIS_TRY(find_addresses(url.host, url.port));
    if (url.named_by.empty())
        return places;
    const auto first = address_of(places.front().address());
    std::erase_if(places, is_private);
    if (places.empty())
        return trouble(Cause::final, "'" + url.named_by + "' leads to '" + url.origin() + "' at " +
                                         (first ? address_text(*first) : "no address") +
                                         ", an address of a private network, which is refused");
    return places;
}

}  // namespace

Result<Dialed, Trouble> dial(const Url& url, const Patience& patience)
{
    if (!url.socket.empty())
        return dial_local(url, patience);
    const std::vector<Place> places = OUTIS_TRY(allowed_places(url));
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
        return Dialed{.socket = std::move(socket), .is_inside = is_private(places[i])};
    }
    return unopened(url.origin(), error, patience);
}

}  // namespace outis::images::http
