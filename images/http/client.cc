#include "http/client.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <sys/socket.h>

namespace outis::images::http {

namespace {

// Whether the server has neither closed a connection nor said anything while nothing was asked.
bool is_quiet(int socket)
{
    char byte = 0;
    return ::recv(socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

}  // namespace

Result<Response, Trouble> Client::exchange(const Request& request, const ChooseSink& choose)
{
    const std::string origin = request.url.origin();
    const bool is_harmless = request.method == Method::get || request.method == Method::head;
    bool answered = false;
    const ChooseSink note_answer = [&](const Response& head) -> Result<BodySink, Error> {
        answered = true;
        return choose ? choose(head) : BodySink{};
    };
    if (std::unique_ptr<Connection> idle = take_idle(request.url)) {
        Result<Response, Trouble> response = idle->exchange(request, note_answer);
        if (response && idle->reusable())
            keep(origin, std::move(idle));
        if (response || answered || response.error().cause != Cause::broken || !is_harmless)
            return response;
        // Servers close what is idle when they like. Of others nobody knows whether they were
        // heard.
    }
    std::unique_ptr<Connection> fresh = OUTIS_TRY(open(request.url));
    Result<Response, Trouble> response = fresh->exchange(request, note_answer);
    if (response && fresh->reusable())
        keep(origin, std::move(fresh));
    if (response) {
        const std::scoped_lock lock(mutex_);
        answered_ = true;
    }
    return response;
}

Result<std::unique_ptr<Connection>, Trouble> Client::open(const Url& url)
{
    const std::string origin = url.origin();
    const Trust* trust = nullptr;
    bool reached = false;
    {
        const std::scoped_lock lock(mutex_);
        trust = OUTIS_TRY(trust_for(url));
        reached = answered_ || reached_.contains(origin);
    }
    const std::optional<Proxy> proxy = OUTIS_TRY(or_trouble(proxies_.choose(url)));
    Result<std::unique_ptr<Connection>, Trouble> opened =
        Connection::open(url, trust, patience_, proxy);
    if (!opened) {
        Trouble trouble = opened.take_failure().error;
        if (trouble.cause == Cause::unopened && reached)
            trouble.cause = Cause::broken;
        return Failure{std::move(trouble)};
    }
    const std::scoped_lock lock(mutex_);
    reached_.insert(origin);
    return opened;
}

Result<const Trust*, Trouble> Client::trust_for(const Url& url)
{
    if (url.scheme != "https")
        return static_cast<const Trust*>(nullptr);
    const Name name = url.origin() == site_origin_ ? Name::said : Name::hidden;
    std::optional<Trust>& trust = name == Name::said ? site_trust_ : trust_;
    if (!trust)
        trust = OUTIS_TRY(or_trouble(Trust::load(authorities_, site_, name)));
    return &*trust;
}

std::unique_ptr<Connection> Client::take_idle(const Url& url)
{
    const std::scoped_lock lock(mutex_);
    std::vector<std::unique_ptr<Connection>>& idle = idle_[url.origin()];
    std::erase_if(idle, [](const auto& one) { return !is_quiet(one->descriptor()); });
    const auto found = std::ranges::find_if(
        idle, [&](const auto& one) { return url.named_by.empty() || !one->is_inside(); });
    if (found == idle.end())
        return nullptr;
    std::unique_ptr<Connection> connection = std::move(*found);
    idle.erase(found);
    return connection;
}

void Client::keep(const std::string& origin, std::unique_ptr<Connection> connection)
{
    const std::scoped_lock lock(mutex_);
    idle_[origin].push_back(std::move(connection));
}

}  // namespace outis::images::http
