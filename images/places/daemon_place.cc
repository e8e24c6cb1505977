#include "places/daemon_place.h"

#include <array>
#include <cerrno>
#include <string_view>
#include <utility>
#include <vector>

#include <unistd.h>
#include <boost/json/value.hpp>

#include "host/digest.h"
#include "host/input.h"
#include "host/words.h"
#include "oci/field.h"
#include "oci/json.h"

namespace outis::images::places {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kMaxContext = 1U << 20;

constexpr std::string_view kUnix = "unix://";
constexpr std::string_view kTcp = "tcp://";
constexpr std::array kVariables{"DOCKER_HOST", "CONTAINER_HOST"};
constexpr const char* kRemedy = "start it, or name another with DOCKER_HOST=unix://PATH";

http::Url url_of_socket(const std::string& path)
{
    return {.scheme = "http", .host = "localhost", .port = "80", .target = "/", .socket = path};
}

// Where an engine makes its socket, the system's before the user's own.
std::optional<http::Url> usual_socket(const std::string& system, const std::string& name)
{
    const std::string run = host::variable("XDG_RUNTIME_DIR");
    for (const std::string& socket : {system, run.empty() ? "" : run + name}) {
        if (!socket.empty() && ::access(socket.c_str(), F_OK) == 0)
            return url_of_socket(socket);
    }
    return std::nullopt;
}

fs::path docker_folder()
{
    const std::string named = host::variable("DOCKER_CONFIG");
    return named.empty() ? fs::path(host::variable("HOME")) / ".docker" : fs::path(named);
}

// Empty: the default one.
std::string context_name(const fs::path& folder)
{
    const std::string named = host::variable("DOCKER_CONTEXT");
    if (!named.empty())
        return named;
    const Result<std::string, Error> text = host::read_file(folder / "config.json", kMaxContext);
    if (!text)
        return "";
    const Result<boost::json::value, Error> config = oci::parse_json(text.value(), "config.json");
    return config ? oci::text_field(config.value(), "currentContext") : "";
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

Result<std::optional<http::Url>, Error> daemon_of_context(const fs::path& folder)
{
    const std::string name = context_name(folder);
    if (name.empty() || name == "default")
        return std::optional<http::Url>();
    const std::string shown = "Docker's context '" + name + "'";
    const fs::path file = folder / "contexts/meta" / host::sha256(name).hex / "meta.json";
    const Result<std::string, Error> text = host::read_file(file, kMaxContext);
    if (!text)
        return unavailable(shown + " has no '" + file.string() + "'; " + kRemedy);
    const boost::json::value meta = OUTIS_TRY(oci::parse_json(text.value(), file.string()));
    const boost::json::value* endpoints = oci::field(meta, "Endpoints");
    const boost::json::value* docker =
        endpoints == nullptr ? nullptr : oci::field(*endpoints, "docker");
    const std::string place = docker == nullptr ? "" : oci::text_field(*docker, "Host");
    return std::optional(OUTIS_TRY(parse_daemon_host(place, shown)));
}

Result<std::optional<http::Url>, Error> look_for_daemon()
{
    for (const char* name : kVariables) {
        const std::string text = host::variable(name);
        if (!text.empty())
            return checked(OUTIS_TRY(parse_daemon_host(text, name)));
    }
    if (const auto docker = usual_socket("/var/run/docker.sock", "/docker.sock"))
        return checked(*docker);
    const fs::path folder = docker_folder();
    if (folder.is_absolute()) {
        const std::optional<http::Url> context = OUTIS_TRY(daemon_of_context(folder));
        if (context)
            return checked(*context);
    }
    if (const auto podman = usual_socket("/run/podman/podman.sock", "/podman/podman.sock"))
        return checked(*podman);
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
