// Where an image goes: TRANSPORT:REF as containers/image writes it, or a file.
#pragma once

#include <string>
#include <vector>

#include "outis/error.h"
#include "places/contents.h"

namespace outis::images::places {

enum class Transport { universal, oci, oci_archive, docker_archive, registry, daemon };

struct Destination {
    Transport transport = Transport::universal;
    std::string path = {};  // of a registry or a daemon the image's name, as it was given
    std::string tag = {};   // of 'oci:DIR:TAG'

    // As parse_destination() reads it.
    [[nodiscard]] std::string text() const;
};

// 'oci:DIR[:TAG]', 'oci-archive:FILE', 'docker-archive:FILE', 'docker://NAME[:TAG]',
// 'docker-daemon:NAME[:TAG]', or FILE alone for the universal tar. An unknown transport is an error
// that lists those there are.
Result<Destination, Error> parse_destination(const std::string& text);

// The place beside `destination`: "x-debug.tar" for "x.tar", the tag "1-debug" for "1" in a layout.
// Standard output has none, which is an error.
Result<Destination, Error> with_suffix(const Destination& destination, const std::string& suffix);

// Whether it is one, rather than a registry or a daemon.
bool is_file(Transport transport);

// To a file or folder.
Result<Done, Error> save(const Contents& contents, const Destination& destination);

// With the bundle's documents, which are referrers in a layout, files beside a tar ("x.spdx.json"
// beside "x.tar"), and left out where there is no file: '-', a device, a pipe. Answers those files.
// They appear after the tar, which appears only when they have been written.
Result<std::vector<std::string>, Error> deliver(const Bundle& bundle,
                                                const Destination& destination);

}  // namespace outis::images::places
