// The Engine API of Docker, as far as images go; Podman's service answers it, too.
// Source: Docker's Engine API 1.41, "Image" and "System"; older and newer ones are the same here.
#pragma once

#include <memory>
#include <string>

#include "http/client.h"
#include "layers/tar.h"
#include "oci/reference.h"
#include "outis/error.h"
#include "outis/images/image.h"
#include "places/answer.h"

namespace outis::images::places {

// What a daemon has under a name, beside an image of ours.
enum class Match {
    none,         // nothing, or another image
    same_layers,  // its layers; the daemon may have named it by a digest of its own
    same,
};

// Every failure names the daemon. What it refuses or lacks is Blame::environment.
class Daemon {
public:
    // The one that find_daemon() answers, asked whether it is there and what it speaks.
    static Result<Daemon, Error> open();

    // "unix:///var/run/docker.sock"
    [[nodiscard]] std::string name() const { return at_.origin(); }

    // "linux/amd64"
    Result<std::string, Error> platform();
    // What there is under `name`, given in full or as "sha256:HEX", beside `image`.
    Result<Match, Error> match(const std::string& name, const Image& image);
    // Another name for what is there.
    Result<Done, Error> tag(const std::string& id, const oci::Reference& reference);
    // `archive` is what `docker save` writes.
    Result<Done, Error> load(const http::Payload& archive);
    // An image of the Dockerfile at the top of `context`, a tar. What its steps print goes to
    // `tell`.
    Result<Done, Error> build(const http::Payload& context, const oci::Reference& reference,
                              const DaemonAnswer::Tell& tell);
    // The other way: what `docker save` writes goes to `sink`.
    Result<Done, Error> save(const std::string& name, const layers::Sink& sink);

private:
    explicit Daemon(http::Url at);

    Result<Done, Error> negotiate();
    [[nodiscard]] http::Url url(const std::string& path) const;
    Result<http::Response, Error> ask(const http::Request& request,
                                      const http::ChooseSink& choose = {});
    Result<Done, Error> hand_tar(http::Request request, const std::string& doing,
                                 DaemonAnswer answer);
    [[nodiscard]] Failure<Error> refused(const std::string& doing,
                                         const http::Response& response) const;

    http::Url at_;
    std::string version_;  // "1.41"
    std::unique_ptr<http::Client> client_;
};

}  // namespace outis::images::places
