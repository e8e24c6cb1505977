// Where the daemon is that keeps images: Docker's, or Podman's service in its place.
// Sources: docker(1) for $DOCKER_HOST; podman(1) for $CONTAINER_HOST; podman-system-service(1).
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "http/url.h"
#include "outis/error.h"

namespace outis::images::places {

// What `variable` says: "unix:///run/docker.sock", or "tcp://127.0.0.1:2375" on loopback. Anything
// else is refused with what to do instead.
Result<http::Url, Error> parse_daemon_host(const std::string& text, const std::string& variable);

// What Docker's context says that is chosen by $DOCKER_CONTEXT, or by config.json in `folder`
// (~/.docker): nothing for the default one. Source: docker-context(1), "contexts/meta".
Result<std::optional<http::Url>, Error> daemon_of_context(const std::filesystem::path& folder);

// $DOCKER_HOST, else $CONTAINER_HOST, else the first socket that is there: Docker's, Docker's of
// this user, that of Docker's context, Podman's, Podman's of this user. Nothing if no variable is
// set and no socket is there; one that is absent or that this user may not open is
// Blame::environment.
Result<std::optional<http::Url>, Error> look_for_daemon();

// What to say of none at all: Blame::environment.
Failure<Error> no_daemon();

// The same place, but none at all is that error.
Result<http::Url, Error> find_daemon();

}  // namespace outis::images::places
