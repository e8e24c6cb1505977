// Where an image goes: TRANSPORT:REF as containers/image writes it, or a file.
#pragma once

#include <string>

#include "deliver/bundle.h"
#include "outis/error.h"

namespace outis::images {

enum class Transport { universal, oci, oci_archive, docker_archive };

struct Destination {
    Transport transport = Transport::universal;
    std::string path = {};
    std::string tag = {};  // of 'oci:DIR:TAG'
};

// 'oci:DIR[:TAG]', 'oci-archive:FILE', 'docker-archive:FILE', or FILE alone for the universal tar.
// An unknown transport is an error that lists those there are.
Result<Destination, Error> parse_destination(const std::string& text);

Result<Done, Error> deliver(const Bundle& bundle, const Destination& destination);

}  // namespace outis::images
