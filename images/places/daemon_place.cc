#include "places/daemon_place.h"

#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include <unistd.h>

#include "host/input.h"
#include "host/words.h"

namespace outis::images::places {

namespace {

constexpr std::string_view kUnix = "unix://";
constexpr std::string_view kTcp = "tcp://";
constexpr std::array kVariables{"DOCKER_HOST", "CONTAINER_HOST"};
constexpr const char* kRemedy = "start it, or name another with DOCKER_HOST=unix://PATH";

http::Url url_of_socket(const std::string& path)
{
    return {.scheme = "http", .host = "localhost", .port = "80", .target = "/", .socket = path};
}

// Where engines make their sockets, the system's before the user's own.
std::vector<std::string> usual_sockets()
{
    std::vector<std::string> sockets{"/var/run/docker.sock"};
    const std::string run = host::variable("XDG_RUNTIME_DIR");
    if (!run.empty())
        sockets.push_back(run + "/docker.sock");
    sockets.emplace_back("/run/podman/podman.sock");
    if (!run.empty())
        sockets.push_back(run + "/podman/podman.sock");
    return sockets;
}

Result<std::optional<http::Url>, Error> checked(const http::Url& url)
{
    if (url.socket.empty() || ::access(url.socket.c_str(), R_OK | W_OK) == 0)
        return std::optional(url);
    const int error = errno;
    if (error == EACCES)
        return unavailable("'" + url.socket +
                           "' may not be opened by this user; ask as root or as a member of the "
                           "socket's group");
    return unavailable("there is no daemon at '" + url.socket + "' (" + host::reason(error) +
                       "); " + kRemedy);
}

}  // namespace

Result<http::Url, Error> parse_daemon_host(const std::string& text, const std::string& variable)
{
    const std::string given = variable + " '" + text + "'";
    if (text.starts_with("ssh://"))
        return bad_input(given +
                         " is refused: SSH is not spoken here; forward the socket with 'ssh -L "
                         "/tmp/docker.sock:/var/run/docker.sock HOST' and name it with unix://");
    if (text.starts_with(kUnix)) {
        const std::string path = text.substr(kUnix.size());
        if (!path.starts_with('/'))
            return bad_input(given + " must name the socket by its absolute path");
        return url_of_socket(path);
    }
    if (!text.starts_with(kTcp))
        return bad_input(given + " must be unix://PATH, or tcp://HOST:PORT on this machine");
    const Result<http::Url, Error> url = http::parse_url("http://" + text.substr(kTcp.size()));
    if (!url)
        return bad_input(given + " must be unix://PATH, or tcp://HOST:PORT on this machine");
    if (!http::is_loopback(url.value().host))
        return bad_input(given +
                         " is refused: whoever is on the way could take the daemon over; forward "
                         "its socket with 'ssh -L', and name it with unix://");
    return url;
}

Result<std::optional<http::Url>, Error> look_for_daemon()
{
    for (const char* name : kVariables) {
        const std::string text = host::variable(name);
        if (!text.empty())
            return checked(OUTIS_TRY(parse_daemon_host(text, name)));
    }
    for (const std::string& socket : usual_sockets()) {
        if (::access(socket.c_str(), F_OK) == 0)
            return checked(url_of_socket(socket));
    }
    return std::optional<http::Url>();
}

Failure<Error> no_daemon()
{
    return unavailable(std::string("there is neither a Docker daemon nor a Podman service; ") +
                       kRemedy);
}

Result<http::Url, Error> find_daemon()
{
    std::optional<http::Url> place = OUTIS_TRY(look_for_daemon());
    if (!place)
        return no_daemon();
    return std::move(*place);
}

}  // namespace outis::images::places
